internal import ArgumentParser
internal import KubernetesClient

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: "The namespace of the control plane. (default: osm-system, or what $OSM_CONFIG says)")
    var osmNamespace: String?

    @Option(help: "The kubeconfig file. (default: $KUBECONFIG, else ~/.kube/config)")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig. (default: its current one)")
    var context: String?

    @Option(help: "How long a server or a pod may take to answer, such as 20s or 2m.")
    var requestTimeout = WaitTime(minutes: 1)

    @Flag(help: "Tell on standard error what is being done.")
    var verbose = false

    init() {}

    mutating func validate() throws {
        // A day is no limit any more; far beyond it no clock could tell.
        guard requestTimeout.duration > .zero, requestTimeout.duration <= .seconds(86_400) else {
            throw ValidationError("--request-timeout: write a time between 1ms and 24h")
        }
    }

    /// Where the command writes.
    var console: Console {
        var console = Console.current
        console.isVerbose = verbose
        return console
    }

    /// The namespace of the control plane.
    ///
    /// - Throws: ``CommandFailure`` where the command's own configuration cannot be read.
    func controlPlaneNamespace() throws -> String {
        if let osmNamespace { return osmNamespace }
        return try CommandConfigurationFile.read().install.namespace
    }

    /// Does something with the cluster that the options name.
    ///
    /// - Parameters:
    ///   - action: What is being done, for messages, such as `listing meshes`.
    ///   - body: What is done.
    /// - Throws: ``CommandFailure`` in place of the API server's refusals, and what `body` throws.
    func withCluster<Value>(_ action: String, _ body: (ClusterConnection) async throws -> Value) async throws -> Value {
        let connection = try ClusterConnection(self, action: action)
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(connection))
        } catch let error as KubernetesError {
            result = .failure(CommandFailure(action, error, server: connection.client.access.server))
        } catch {
            result = .failure(error)
        }
        try await connection.client.shutdown()
        return try result.get()
    }
}

/// The option of commands that print objects.
struct OutputOptions: ParsableArguments {
    @Option(name: [.short, .long], help: "How the result is printed: table, wide, json or yaml.")
    var output = OutputFormat.table

    init() {}
}
