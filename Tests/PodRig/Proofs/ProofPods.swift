import Foundation
import MeshModel

/// The mesh of the proofs: two clients; two versions of a web server behind a split, the first with two pods; a server that
/// echoes lines; and a database of two pods, headless, that speaks first.
enum ProofPods {
    static let webPort: UInt16 = 14001
    /// A port of the web servers for gRPC, which no Service has until a proof needs it.
    static let grpcPort: UInt16 = 14002
    /// A second port of the Service, to the same port of the pods.
    static let otherWebPort: UInt16 = 14005
    static let echoPort: UInt16 = 9000
    static let otherEchoPort: UInt16 = 9001
    static let databasePort: UInt16 = 3306

    static let webAddress = "10.79.0.10"
    static let webIPv6Address = "fd00:79::10"
    static let echoAddress = "10.79.0.20"
    static let echoIPv6Address = "fd00:79::20"

    /// The Services that are called by their addresses.
    static let web = ObjectName(namespace: "shop", name: "web")
    static let echo = ObjectName(namespace: "shop", name: "echo")

    static let clients = ["client-1", "client-2"]
    /// The Services behind the split, with their pods.
    static let versions = [(service: "web-1", pods: ["web-1", "web-1b"]), (service: "web-2", pods: ["web-2"])]

    static let all: [PodSpecification] = [
        pod("client-1", 11, in: "clients", labels: [:]),
        pod("client-2", 12, in: "clients", labels: [:]),
        pod("web-1", 21, account: "web", labels: ["app": "web", "version": "v1"], port: webPort, http),
        pod("web-1b", 22, account: "web", labels: ["app": "web", "version": "v1"], port: webPort, http),
        pod("web-2", 23, account: "web", labels: ["app": "web", "version": "v2"], port: webPort, http),
        pod(
            "echo", 31, labels: ["app": "echo"], port: echoPort,
            ["--tcp", "\(echoPort)=echo", "--tcp", "\(otherEchoPort)=echo"]),
        pod("db-0", 41, account: "db", labels: ["app": "db"], port: databasePort, database, isOfStatefulSet: true),
        pod("db-1", 42, account: "db", labels: ["app": "db"], port: databasePort, database, isOfStatefulSet: true),
    ]

    /// The manifests that no proof edits.
    static let files: [(name: String, text: String)] = [
        ("namespaces.yaml", ["clients", "shop"].map(namespace).joined(separator: "---\n"))
    ]

    private static let http = ["--http", "\(webPort)", "--grpc", "\(grpcPort)"]
    private static let database = ["--tcp", "\(databasePort)=banner"]

    private static func pod(
        _ name: String, _ number: Int, in namespace: String = "shop", account: String? = nil, labels: [String: String],
        port: UInt16? = nil, _ serves: [String] = [], isOfStatefulSet: Bool = false
    ) -> PodSpecification {
        PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: account ?? name,
            labels: labels.isEmpty ? ["app": name] : labels, address: "10.77.5.\(number)",
            ipv6Address: "fd00:77::5:\(number)", ports: port.map { [("main", $0)] } ?? [],
            uid: UUID().uuidString.lowercased(),
            application: serves.isEmpty ? nil : ["serve", "--name", name] + serves,
            readiness: serves.first == "--tcp" ? .readyLine : .http(webPort), isOfStatefulSet: isOfStatefulSet)
    }

    private static func namespace(_ name: String) -> String {
        let accounts = name == "clients" ? clients : ["web", "echo", "db"]
        let manifests = accounts.map { account in
            """
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: \(account)
              namespace: \(name)

            """
        }
        return """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: \(name)
              labels:
                openservicemesh.io/monitored-by: osm
              annotations:
                openservicemesh.io/sidecar-injection: enabled

            """ + manifests.joined()
    }
}
