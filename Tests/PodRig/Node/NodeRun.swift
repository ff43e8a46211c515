import Foundation

/// The cluster that the proofs share, and what came of them.
final class NodeRun {
    let cluster: NodeCluster
    let root: String
    let isSoak: Bool
    private(set) var objections = 0

    init(_ cluster: NodeCluster, root: String, isSoak: Bool) {
        self.cluster = cluster
        self.root = root
        self.isSoak = isSoak
    }

    var kubectl: Kubectl { cluster.kubectl }

    func start() throws {
        note("cluster and node")
        try cluster.start()
        note("Kubernetes \(cluster.version); kubectl apply -k config/default")
        try cluster.install(root)
    }

    func prove(_ proof: any NodeProof) throws {
        Output.say("==> \(proof.name): \(proof.promise)")
        let (start, before) = (ContinuousClock.now, objections)
        let figures = try proof.run(self)
        let seconds = Int(start.duration(to: .now) / .seconds(1))
        Output.say("\(objections == before ? "✓" : "✗") \(proof.name), \(seconds) s")
        Output.say("figure: \(proof.name): \(figures)")
    }

    func note(_ text: String) { Output.say("    \(text)") }

    /// Something is not as promised.
    func object(_ text: String) {
        objections += 1
        Output.say("✗   \(text)")
    }

    /// Objects unless both are equal.
    func expect<Value: Equatable>(_ what: String, _ expected: Value, _ observed: Value) {
        if expected != observed { object("\(what): expected \(expected), observed \(observed)") }
    }

    func apply(_ manifests: String) throws { try kubectl.check(["apply", "--filename", "-"], input: manifests) }

    /// Makes a namespace of the mesh with service accounts.
    func makeNamespace(_ name: String, accounts: [String]) throws {
        try apply(
            NodeManifests.namespace(name)
                + accounts.map { NodeManifests.serviceAccount($0, in: name) }.joined())
    }

    func remove(_ namespace: String) throws {
        try kubectl.check(["delete", "namespace", namespace, "--timeout=120s"])
    }

    /// A value of an object.
    func value(_ path: String, of object: String, in namespace: String) throws -> String {
        try kubectl.check(["get", object, "--namespace", namespace, "--output", "jsonpath={\(path)}"])
    }

    /// Returns when a value is as it shall be.
    func await(
        _ path: String, of object: String, in namespace: String, is expected: String,
        within limit: Duration = .seconds(60)
    ) throws {
        var last = ""
        try Waiting.until(
            "\(path) of \(object) to be \(expected)", within: limit, pause: .milliseconds(200),
            explanation: { "it is \(last)" }
        ) { () -> Void? in
            last = (try? value(path, of: object, in: namespace)) ?? ""
            return last == expected ? () : nil
        }
    }
}
