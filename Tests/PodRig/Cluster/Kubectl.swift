import Foundation

/// kubectl, as a user of the cluster runs it.
struct Kubectl {
    let program: String
    let kubeconfig: String
    /// Where it remembers what the API server offers.
    let cache: String
    /// Where it runs; `nil` for here.
    let node: Namespace?

    /// What it must not take from whoever runs the rig.
    static let environment = ["NO_PROXY": "*", "no_proxy": "*"]

    /// The command line for some words.
    func command(_ words: [String]) -> [String] {
        place([program, "--kubeconfig", kubeconfig, "--cache-dir", cache] + words)
    }

    /// The command line that runs another one where kubectl runs.
    func place(_ words: [String]) -> [String] { node?.command(words) ?? words }

    /// Runs it to its end.
    func run(_ words: [String], input: String? = nil) throws -> Command.Outcome {
        try Command(command(words)).run(environment: Self.environment, input: input)
    }

    /// Runs it, and returns what it printed.
    ///
    /// - Throws: `RigError` with the code `program` if it fails.
    @discardableResult
    func check(_ words: [String], input: String? = nil) throws -> String {
        try Command(command(words)).check(environment: Self.environment, input: input)
    }

    /// Applies manifests.
    ///
    /// - Returns: the objects as the API server then had them.
    @discardableResult
    func apply(_ manifests: String) throws -> [ClusterObject.Stored] {
        struct List: Decodable { let items: [ClusterObject.Stored] }
        let text = Data(try check(["apply", "--filename", "-", "--output", "json"], input: manifests).utf8)
        if let list = try? JSONDecoder().decode(List.self, from: text) { return list.items }
        return [try JSONDecoder().decode(ClusterObject.Stored.self, from: text)]
    }

    /// Returns when an object has a condition in its current generation, or says why it has not.
    ///
    /// - Returns: `nil` once it has; what kubectl complained of if that took too long.
    func wait(for condition: String, of object: ClusterObject, within limit: Duration = .seconds(30)) throws -> String?
    {
        let seconds = "\(Int(limit / .seconds(1)))s"
        let outcome = try run(
            ["wait", "--for", "condition=\(condition)", "--timeout", seconds, "--namespace", object.namespace]
                + [object.reference])
        return outcome.status == 0 ? nil : outcome.errors
    }

    /// The object as the API server has it.
    func get(_ object: ClusterObject) throws -> ClusterObject.Stored {
        let words = ["get", object.reference, "--namespace", object.namespace, "--output", "json"]
        return try JSONDecoder().decode(ClusterObject.Stored.self, from: Data(check(words).utf8))
    }
}
