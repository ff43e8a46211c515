/// What the table of policies begins with, in the files of the directory that the controller watches.
enum PolicyManifests {
    static let mesh = "mesh.yaml"
    static let namespaces = "namespaces.yaml"
    static let services = "services.yaml"

    static var files: [(name: String, text: String)] {
        [
            (mesh, meshConfig(permissive)),
            (namespaces, PolicyPods.namespaces.map(namespace).joined(separator: "---\n")),
            (services, allServices.joined(separator: "---\n")),
        ]
    }

    /// The MeshConfig's `spec` that every situation begins with.
    static let permissive = meshSpec(isPermissive: true)

    /// A MeshConfig's `spec`.
    ///
    /// - Parameter more: further sections, indented by two.
    static func meshSpec(isPermissive: Bool, isEgressOpen: Bool = false, _ more: String = "") -> String {
        """
          traffic:
            enablePermissiveTrafficPolicyMode: \(isPermissive)
            enableEgress: \(isEgressOpen)

        """ + more
    }

    /// The MeshConfig with a `spec`.
    static func meshConfig(_ spec: String) -> String {
        """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata:
          name: osm-mesh-config
          namespace: osm-system
        spec:
        \(spec)
        """
    }

    /// The head of a manifest.
    static func head(_ version: String, _ kind: String, _ name: String, in namespace: String = "shop") -> String {
        "apiVersion: \(version)\nkind: \(kind)\nmetadata:\n  name: \(name)\n  namespace: \(namespace)\n"
    }

    private static func namespace(_ name: String, _ accounts: [String], _ isMeshed: Bool) -> String {
        let label = isMeshed ? "  labels:\n    openservicemesh.io/monitored-by: osm\n" : ""
        let head = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(name)\n" + label
        return head + accounts.map { "---\n" + self.head("v1", "ServiceAccount", $0, in: name) }.joined()
    }

    private static var allServices: [String] {
        let web: [(String, UInt16, UInt16)] = [
            ("http", 80, PolicyPods.httpPort), ("http-other", PolicyPods.otherHTTPPort, PolicyPods.otherHTTPPort),
            ("grpc", PolicyPods.grpcPort, PolicyPods.grpcPort),
        ]
        let echo = [("tcp-echo", PolicyPods.echoPort), ("tcp-other", PolicyPods.otherEchoPort)].map { ($0, $1, $1) }
        let plain = [("http", PolicyPods.httpPort, PolicyPods.httpPort)]
        return [
            service("web", "10.79.1.10", "app: web", web),
            service("web-v1", "10.79.1.11", "app: web\n    version: v1", web),
            service("web-v2", "10.79.1.12", "app: web\n    version: v2", web),
            service("echo", "10.79.1.20", "app: echo", echo),
            service("db", "10.79.1.30", "app: db", [("tcp-mysql", PolicyPods.databasePort, PolicyPods.databasePort)]),
            service("ingress", "None", "app: ingress", plain, in: "edge"),
            service("tools", "None", "app: tools", plain, in: "tools"),
        ]
    }

    private static func service(
        _ name: String, _ address: String, _ selector: String, _ ports: [(name: String, port: UInt16, target: UInt16)],
        in namespace: String = "shop"
    ) -> String {
        let lines = ports.map {
            "    - name: \($0.name)\n      port: \($0.port)\n      targetPort: \($0.target)\n      protocol: TCP\n"
        }
        return head("v1", "Service", name, in: namespace)
            + "spec:\n  clusterIP: \(address)\n  selector:\n    \(selector)\n"
            + "  ports:\n" + lines.joined()
    }
}
