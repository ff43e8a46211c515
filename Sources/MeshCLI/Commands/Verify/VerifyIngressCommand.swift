internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm verify ingress`.
struct VerifyIngressCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingress", abstract: "Check that an ingress controller can reach a pod.",
        discussion: """
            The exit status is 1 if a step fails.

            EXAMPLES:
              osm verify ingress --from-service ingress-nginx/ingress-nginx-controller --to-pod bookstore/bookstore-8f \\
                --to-service bookstore --ingress-backend bookstore --to-port 14001
            """)

    @Option(help: "The service of the ingress controller: NAMESPACE/SERVICE.")
    var fromService: String

    @Option(help: "The pod that is called: NAMESPACE/POD.")
    var toPod: String

    @Option(help: "The service by which it is called.")
    var toService: String

    @Option(help: "The IngressBackend in the pod's namespace.")
    var ingressBackend: String

    @Option(help: "The port of the pod, as the IngressBackend names it.")
    var toPort: UInt16

    @Option(help: "What is spoken: http or https.")
    var appProtocol = "http"

    @Option(help: "The name of the mesh.")
    var meshName = "osm"

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard ["http", "https"].contains(appProtocol.lowercased()) else {
            throw ValidationError("--app-protocol: write http or https")
        }
        for argument in [fromService, toPod] where argument.split(separator: "/").count != 2 {
            throw ValidationError("a name must be of the form <namespace>/<name>, got \(argument)")
        }
    }

    func run() async throws {
        let result = try await global.withCluster("verifying ingress to pod \(toPod)") { cluster in
            try await verification(
                ObjectName(pod: fromService, role: "source"), ObjectName(pod: toPod, role: "destination"),
                Prerequisites(cluster: cluster, meshName: meshName))
        }
        try result.conclude(on: global.console, as: output.output)
    }

    private func verification(_ source: ObjectName, _ pod: ObjectName, _ prerequisites: Prerequisites) async throws
        -> Verification
    {
        let cluster = prerequisites.cluster
        let context =
            "Verify if service \"\(source)\" can access pod \"\(pod)\" via service \"\(toService)\" with ingress backend "
            + "\"\(ingressBackend)\" for app protocol \"\(appProtocol)\""
        var steps = [
            // The source may be outside of the mesh; in the original its namespace had to be in it.
            try await prerequisites.isMonitored(pod.namespace), try await prerequisites.hasSidecar(pod),
            try await backend(source, pod.namespace, cluster),
        ]
        for controller in try await controllers(source, cluster) {
            steps.append(try await prerequisites.hasSidecar(controller, isWanted: false))
        }
        if let object = try await cluster.client.get(APIResource(.pod), pod, as: Pod.self) {
            let services = try await cluster.services(of: object, named: toService)
            steps.append(
                Verification(
                    "Verify that service \"\(toService)\" selects pod \"\(pod)\"", !services.isEmpty,
                    orBecause: "It does not, or does not exist",
                    suggestion: "Name the service of the pod with --to-service"))
            let (dump, reading) = await prerequisites.configuration(of: pod)
            steps.append(reading)
            if let dump {
                let checks = EnvoyChecks(dump: dump, pod: pod).ingress(port: toPort)
                steps.append(Verification("Verify Envoy of pod \"\(pod)\"", of: checks))
            }
        }
        return Verification(context, of: steps)
    }

    /// The pods of the ingress controller.
    private func controllers(_ name: ObjectName, _ cluster: ClusterConnection) async throws -> [ObjectName] {
        guard let service = try await cluster.client.get(APIResource(.service), name, as: Service.self) else {
            return []
        }
        return try await cluster.client.list(APIResource(.pod), namespace: name.namespace, as: Pod.self)
            .filter { service.selects($0.metadata.labels) && !$0.isTerminal }.map(\.metadata.objectName).sorted()
    }

    private func backend(_ source: ObjectName, _ namespace: String, _ cluster: ClusterConnection) async throws
        -> Verification
    {
        let name = ObjectName(namespace: namespace, name: ingressBackend)
        let context = "Verify IngressBackend \"\(name)\""
        guard let object = try await cluster.client.get(APIResource(.ingressBackend), name, as: IngressBackend.self)
        else {
            return Verification(
                context, .failure, reason: "IngressBackend \"\(name)\" does not exist",
                suggestion: "Confirm IngressBackend \"\(name)\" exists")
        }
        let backend = object.backends.first { $0.service == toService && $0.port == Int(toPort) }
        guard let backend else {
            return Verification(
                context, .failure,
                reason: "No backend of IngressBackend \"\(name)\" is service \"\(toService)\" with port \(toPort)",
                suggestion: "Add a valid backend for IngressBackend \"\(name)\"; its port is that of the pod")
        }
        guard backend.portProtocol.lowercased() == appProtocol.lowercased() else {
            return Verification(
                context, .failure,
                reason: "The backend's protocol is \(backend.portProtocol), not \(appProtocol)",
                suggestion: "Change it, or name it with --app-protocol")
        }
        guard !object.sources.isEmpty else {
            return Verification(
                context, .success,
                suggestion:
                    "Allowing HTTP ingress without sources is insecure; use IngressBackend.Spec.Sources to restrict clients"
            )
        }
        return Verification(
            context, object.sourceServices.contains(source),
            orBecause: "No source matching service \"\(source)\" found in IngressBackend \"\(name)\"",
            suggestion: "Add a source for service \"\(source)\" in IngressBackend \"\(name)\"")
    }
}
