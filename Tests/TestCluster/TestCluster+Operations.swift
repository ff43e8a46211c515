import Foundation

extension TestCluster {
    /// Runs kubectl as the administrator, whatever its status.
    ///
    /// - Parameters:
    ///   - arguments: what follows `kubectl`.
    ///   - input: what it reads from its standard input (`-f -`); nothing if nil.
    public func kubectl(_ arguments: [String], input: String? = nil) async throws -> ProgramOutcome {
        try await script.outcome("kubectl", arguments, input: input)
    }

    /// Runs kubectl as the administrator, and returns its standard output.
    ///
    /// - Throws: `kubectl` with what it complained of, if it failed.
    @discardableResult
    public func kubectlOutput(_ arguments: [String], input: String? = nil) async throws -> String {
        try await script.kubectlOutput(arguments, input: input)
    }

    /// Starts what of the cluster does not run, and returns what the script says.
    @discardableResult
    public func up() async throws -> String { try await script.run("up", options.arguments) }

    /// Stops the API server.
    ///
    /// Etcd, its data and the controllers stay; open watches are cut.
    public func stopServer() async throws { try await script.run("stop-server") }

    /// Starts the API server that ``stopServer()`` stopped, on the same port, and waits until it is ready.
    public func startServer() async throws { try await script.run("start-server") }

    /// Lets etcd forget all revisions but the newest.
    ///
    /// A list that continues from an older revision gets 410. A watch from one gets 410 too where the API server asks
    /// etcd: after it was started again, or with the flag `--watch-cache=false`.
    public func compact() async throws { try await script.run("compact") }

    /// Ends the cluster and removes its data.
    public func down() async throws { try await script.run("down") }

    /// What `hack/cluster.sh status` says.
    public func status() async throws -> ProgramOutcome { try await script.outcome("status") }

    /// The process of a program of the cluster (`kube-apiserver`, `etcd`, ...), while it is meant to run.
    public func processIdentifier(of program: String) throws -> Int32? {
        let file = script.state.appending(path: "run/\(program)").path
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try script.text("run/\(program)").split(separator: " ").first.flatMap { Int32($0) }
    }

    /// Creates a namespace with a name that no other test uses, and waits until pods can be created in it.
    ///
    /// - Parameters:
    ///   - prefix: what the name starts with; a DNS label of at most 50 characters.
    ///   - labels: the namespace's labels.
    /// - Returns: the name.
    public func createNamespace(_ prefix: String, labels: [String: String] = [:]) async throws -> String {
        let name = "\(prefix)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let lines = labels.sorted { $0.key < $1.key }.map { "    \"\($0.key)\": \"\($0.value)\"" }
        let metadata = ["  name: \(name)"] + (lines.isEmpty ? [] : ["  labels:"] + lines)
        let manifest = (["apiVersion: v1", "kind: Namespace", "metadata:"] + metadata).joined(separator: "\n")
        try await kubectlOutput(["create", "-f", "-"], input: manifest)
        if features.hasControllerManager {
            let wait = ["wait", "--for=create", "--timeout=120s", "serviceaccount/default"]
            try await kubectlOutput(wait + ["--namespace", name])
        }
        return name
    }
}

extension ClusterScript {
    /// Runs kubectl, which must succeed, and returns its standard output.
    func kubectlOutput(_ arguments: [String], input: String? = nil) async throws -> String {
        let outcome = try await outcome("kubectl", arguments, input: input)
        guard outcome.status == 0 else {
            throw TestClusterError(
                .kubectl,
                "kubectl \(arguments.joined(separator: " ")) failed with status \(outcome.status): \(outcome.stderr)")
        }
        return outcome.stdout
    }
}
