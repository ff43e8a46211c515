internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm verify connectivity`.
struct VerifyConnectivityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connectivity", abstract: "Check that a pod can reach another, or a host outside of the mesh.",
        discussion: """
            It looks at namespaces, sidecars and what both Envoys have, and sends no request. The exit status is 1 if a \
            step fails.

            EXAMPLES:
              osm verify connectivity --from-pod bookbuyer/bookbuyer-5c --to-pod bookstore/bookstore-8f \\
                --to-service bookstore
              osm verify connectivity --from-pod curl/curl-7d --to-ext-port 80 --to-ext-host httpbin.org
            """)

    @Option(help: "The pod that calls: NAMESPACE/POD.")
    var fromPod: String

    @Option(help: "The pod that is called: NAMESPACE/POD.")
    var toPod: String?

    @Option(help: "The service by which it is called; by default all that select the pod and have such a port.")
    var toService: String?

    @Option(help: "What is spoken: http, grpc, tcp or tcp-server-first; outside of the mesh also https.")
    var appProtocol = "http"

    @Option(help: "The port outside of the mesh that is called.")
    var toExtPort: UInt16?

    @Option(help: "The host outside of the mesh that is called.")
    var toExtHost: String?

    @Option(help: "The name of the mesh.")
    var meshName = "osm"

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    private var isHTTP: Bool { ["http", "http2", "grpc"].contains(appProtocol.lowercased()) }

    mutating func validate() throws {
        guard toPod != nil || toExtPort != nil else {
            throw ValidationError("one of --to-pod|--to-ext-port must be set")
        }
        guard ["http", "http2", "grpc", "https", "tcp", "tcp-server-first"].contains(appProtocol.lowercased()) else {
            throw ValidationError("--app-protocol: write http, grpc, https, tcp or tcp-server-first")
        }
        for argument in [fromPod, toPod].compactMap(\.self) where argument.split(separator: "/").count != 2 {
            throw ValidationError("a pod must be a namespaced name of the form <namespace>/<name>, got \(argument)")
        }
    }

    func run() async throws {
        let result = try await global.withCluster("verifying connectivity from pod \(fromPod)") { cluster in
            let client = try ObjectName(pod: fromPod, role: "source")
            let prerequisites = Prerequisites(cluster: cluster, meshName: meshName)
            if let toExtPort { return try await egress(client, toExtPort, prerequisites) }
            return try await pods(client, ObjectName(pod: toPod ?? "", role: "destination"), prerequisites)
        }
        try result.conclude(on: global.console, as: output.output)
    }

    private func egress(_ client: ObjectName, _ port: UInt16, _ prerequisites: Prerequisites) async throws
        -> Verification
    {
        let host = toExtHost.map { " on host \"\($0)\"" } ?? ""
        let context =
            "Verify if pod \"\(client)\" can access external service on port \(port)\(host) for protocol \(appProtocol)"
        var steps = [
            try await prerequisites.isMonitored(client.namespace), try await prerequisites.hasSidecar(client),
        ]
        let (dump, reading) = await prerequisites.configuration(of: client)
        steps.append(reading)
        if let dump {
            let checks = EnvoyChecks(dump: dump, pod: client).egress(port: port, host: toExtHost, isHTTP: isHTTP)
            let policy = Verification("Verify the Envoy of pod \"\(client)\"", of: checks)
            steps.append(try await allowsEverything(prerequisites.cluster) ?? policy)
        }
        return Verification(context, of: steps)
    }

    /// A success where mesh-wide egress lets every pod call what no policy names; `nil` where it is off.
    private func allowsEverything(_ cluster: ClusterConnection) async throws -> Verification? {
        let name = ObjectName(namespace: cluster.osmNamespace, name: "osm-mesh-config")
        let config = try await cluster.client.get(APIResource(.meshConfig), name, as: MeshConfig.self)
        guard config?.traffic.enableEgress == true else { return nil }
        return Verification("Verify that mesh-wide egress is enabled", .success)
    }

    private func pods(_ client: ObjectName, _ server: ObjectName, _ prerequisites: Prerequisites) async throws
        -> Verification
    {
        let cluster = prerequisites.cluster
        let via = toService.map { " via service \"\($0)\"" } ?? ""
        let context =
            "Verify if pod \"\(client)\" can access pod \"\(server)\"\(via) for app protocol \"\(appProtocol)\""
        var steps = [
            try await prerequisites.isMonitored(client.namespace),
            try await prerequisites.isMonitored(server.namespace),
            try await prerequisites.hasSidecar(client), try await prerequisites.hasSidecar(server),
        ]
        guard steps.allSatisfy({ $0.status == .success }),
            let pod = try await cluster.client.get(APIResource(.pod), server, as: Pod.self)
        else { return Verification(context, of: steps) }
        // A service that is named must have such a port; of the others those that have none are not meant.
        let services = try await cluster.services(of: pod, named: toService).filter { service in
            toService != nil || service.ports.contains { $0.isHTTP == isHTTP }
        }
        guard !services.isEmpty else {
            steps.append(
                Verification(
                    "Verify services of pod \"\(server)\"", .failure,
                    reason: toService.map { "Service \"\($0)\" does not select the pod" }
                        ?? "No service with a port of the protocol \(appProtocol) selects the pod",
                    suggestion: "Make a service whose selector matches the pod's labels"))
            return Verification(context, of: steps)
        }
        let (clientDump, clientReading) = await prerequisites.configuration(of: client)
        let (serverDump, serverReading) = await prerequisites.configuration(of: server)
        steps += [clientReading, serverReading]
        for service in services {
            if let clientDump {
                let checks = EnvoyChecks(dump: clientDump, pod: client).client(of: service, isHTTP: isHTTP)
                steps.append(
                    Verification("Verify Envoy of pod \"\(client)\" for service \"\(service.name)\"", of: checks))
            }
            if let serverDump {
                let checks = EnvoyChecks(dump: serverDump, pod: server).server(of: service, isHTTP: isHTTP)
                steps.append(
                    Verification("Verify Envoy of pod \"\(server)\" for service \"\(service.name)\"", of: checks))
            }
        }
        return Verification(context, of: steps)
    }
}
