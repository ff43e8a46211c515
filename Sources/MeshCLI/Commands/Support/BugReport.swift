internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel

/// What a bug report holds, in the original's directories: each file is called as the command that shows the same.
struct BugReport {
    let cluster: ClusterConnection
    let staging: StagingDirectory

    /// What Envoy's administration interface is asked.
    private static let queries = ["config_dump", "ready", "stats", "clusters", "listeners", "certs"]
    /// The labels of ingress controllers' pods.
    private static let ingressControllers = [
        "app.kubernetes.io/name=ingress-nginx", "app.kubernetes.io/name=contour",
    ]

    private var osmNamespace: String { cluster.osmNamespace }

    /// The namespaces of meshes.
    func collectMeshes() async {
        await collect("information on meshed namespaces") {
            let rows = try await cluster.namespaces().map {
                "\($0.metadata.name) \($0.metadata.labels?[MeshLabels.monitoredBy] ?? "")\n"
            }
            try staging.write(Array(rows.joined().utf8), to: "namespaces/commands/osm_namespace_list")
        }
    }

    /// Logs, settings and status of the control plane.
    func collectControlPlane() async {
        let base = "namespaces/\(osmNamespace)"
        await collect("the control plane's settings") {
            for plural in ["meshconfigs", "meshrootcertificates"] {
                try await object(
                    "/apis/config.openservicemesh.io/v1alpha2/namespaces/\(osmNamespace)/\(plural)",
                    to: "\(base)/commands/kubectl_get_\(plural)_-n_\(osmNamespace)_-o_json")
            }
            try await names(
                of: .secret, in: osmNamespace,
                to: "\(base)/commands/kubectl_get_secrets_-n_\(osmNamespace)_-o_name")
        }
        await collect("the control plane's status") {
            let status = try await cluster.fromController(in: osmNamespace, "/status")
            try staging.write(Array(status.utf8), to: "\(base)/commands/osm_status_-o_json")
        }
        await collect("the control plane's pods") {
            let selector = "app.kubernetes.io/name=openservicemesh.io"
            for pod in try await cluster.client.list(
                .pod, namespace: osmNamespace, labelSelector: selector, as: PodObject.self)
            {
                let directory = "\(base)/pods/\(pod.metadata.name)/commands"
                try await log(of: pod.metadata.name, in: osmNamespace, container: nil, to: directory)
                guard pod.status?.containerStatuses?.contains(where: { $0.restartCount ?? 0 > 0 }) == true else {
                    continue
                }
                try await log(of: pod.metadata.name, in: osmNamespace, container: nil, isPrevious: true, to: directory)
            }
        }
    }

    /// Events, pods and services of a namespace.
    func collect(namespace: String) async {
        await collect("information from namespace \(namespace)") {
            for (plural, query) in [("events", ""), ("pods", "osm-proxy-uuid"), ("services", "")] {
                let selector = query.isEmpty ? "" : "_-l_\(query)"
                try await object(
                    "/api/v1/namespaces/\(namespace)/\(plural)", selector: query,
                    to: "namespaces/\(namespace)/commands/kubectl_get_\(plural)\(selector)_-n_\(namespace)_-o_json")
            }
        }
    }

    /// The log of a pod's sidecar, and what its Envoy tells.
    func collect(pod: ObjectName) async {
        let directory = "namespaces/\(pod.namespace)/pods/\(pod.name)/commands"
        await collect("the sidecar's log of pod \(pod)") {
            try await log(of: pod.name, in: pod.namespace, container: "envoy", to: directory)
        }
        for query in Self.queries {
            await collect("\(query) of pod \(pod)") {
                let answer = try await cluster.ask(
                    pod, port: ClusterConnection.proxyAdministration, path: "/\(query)")
                try staging.write(
                    answer.body, to: "\(directory)/osm_proxy_get_\(query)_\(pod.name)_-n_\(pod.namespace)")
            }
        }
    }

    /// Ingresses, IngressBackends and the pods of ingress controllers.
    func collectIngress(in namespaces: [String]) async {
        for namespace in namespaces {
            await collect("ingress of namespace \(namespace)") {
                try await object(
                    "/apis/networking.k8s.io/v1/namespaces/\(namespace)/ingresses",
                    to: "namespaces/\(namespace)/ingresses/commands/kubectl_get_ingresses_-n_\(namespace)_-o_json")
                try await object(
                    "/apis/policy.openservicemesh.io/v1alpha1/namespaces/\(namespace)/ingressbackends",
                    to: "namespaces/\(namespace)/ingressbackends/commands/"
                        + "kubectl_get_ingressbackends_-n_\(namespace)_-o_json")
            }
        }
        for selector in Self.ingressControllers {
            await collect("pods with the label \(selector)") {
                for pod in try await cluster.client.list(.pod, labelSelector: selector, as: PodObject.self) {
                    let namespace = pod.metadata.namespace ?? ""
                    let directory = "namespaces/\(namespace)/pods/\(pod.metadata.name)/commands"
                    try await object(
                        "/api/v1/namespaces/\(namespace)/pods/\(pod.metadata.name)",
                        to: "\(directory)/kubectl_get_pod_\(pod.metadata.name)_-n_\(namespace)_-o_json")
                    try await log(of: pod.metadata.name, in: namespace, container: nil, to: directory)
                }
            }
        }
    }

    /// Does something and says how it went: what cannot be had is left out of the report.
    private func collect(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            cluster.console.out("✓ Collected \(what)")
        } catch {
            let reason = (error as? KubernetesError)?.message ?? "\(error)"
            cluster.console.error("x Failed to collect \(what): \(reason.onOneLine)")
        }
    }

    private func object(_ path: String, selector: String = "", to file: String) async throws {
        var request = APIRequest.get(path: path)
        if !selector.isEmpty { request.query = [.init("labelSelector", selector)] }
        try staging.write(try await cluster.client.send(request).body, to: file)
    }

    private func names(of resource: APIResource, in namespace: String, to file: String) async throws {
        struct Named: Decodable { let metadata: ObjectHeader }
        let names = try await cluster.client.list(resource, namespace: namespace, as: Named.self)
        try staging.write(Array(names.map { "\($0.metadata.name)\n" }.joined().utf8), to: file)
    }

    private func log(
        of pod: String, in namespace: String, container: String?, isPrevious: Bool = false, to directory: String
    ) async throws {
        var request = APIRequest.get(path: "/api/v1/namespaces/\(namespace)/pods/\(pod)/log")
        if let container { request.query.append(.init("container", container)) }
        if isPrevious { request.query.append(.init("previous", "true")) }
        let answer = try await cluster.client.send(request)
        let options = (container.map { "_-c_\($0)" } ?? "") + (isPrevious ? "_--previous" : "")
        try staging.write(answer.body, to: "\(directory)/kubectl_logs_\(pod)_-n_\(namespace)\(options)")
    }
}
