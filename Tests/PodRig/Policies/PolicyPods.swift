import Foundation
import MeshModel

/// The pods of the table of policies.
enum PolicyPods {
    static let httpPort: UInt16 = 14001
    static let otherHTTPPort: UInt16 = 14002
    static let grpcPort: UInt16 = 14003
    static let echoPort: UInt16 = 9000
    static let otherEchoPort: UInt16 = 9001
    static let databasePort: UInt16 = 3306

    static let all: [PodSpecification] = [
        made(by: ("ReplicaSet", "client-5d9f7c6b8"), pod("client-1", "10.77.6.11", in: "clients")),
        pod("client-2", "10.77.6.12", in: "clients"),
        web(1), web(2),
        pod(
            "echo", "10.77.6.31", ports: [("echo", echoPort), ("other", otherEchoPort)],
            serves: ["--tcp", "\(echoPort)=echo", "--tcp", "\(otherEchoPort)=echo"], .readyLine),
        pod(
            "db", "10.77.6.41", ports: [("mysql", databasePort)], serves: ["--tcp", "\(databasePort)=banner"],
            .readyLine),
        pod("ingress", "10.77.8.1", in: "edge", isMeshed: false),
        pod("stranger", "10.77.8.2", in: "edge", isMeshed: false),
        pod("tools", "10.77.8.3", in: "tools", isMeshed: false),
    ]

    /// The namespaces with the accounts in them, and whether they belong to the mesh.
    static let namespaces: [(name: String, accounts: [String], isMeshed: Bool)] = [
        ("clients", ["client-1", "client-2"], true), ("shop", ["web", "echo", "db"], true),
        ("edge", ["ingress", "stranger"], false), ("tools", ["tools"], false),
    ]

    private static func web(_ version: Int) -> PodSpecification {
        made(by: ("ReplicaSet", "web-v\(version)-7c5d8f9b4"), web(version, at: "10.77.6.2\(version)"))
    }

    private static func web(_ version: Int, at address: String) -> PodSpecification {
        pod(
            "web-\(version)", address, account: "web",
            labels: ["app": "web", "version": "v\(version)"],
            ports: [("http", httpPort), ("other", otherHTTPPort), ("grpc", grpcPort)],
            serves: ["--http", "\(httpPort)", "--http", "\(otherHTTPPort)", "--grpc", "\(grpcPort)"], .http(httpPort))
    }

    private static func made(
        by controller: (kind: String, name: String), _ specification: PodSpecification
    ) -> PodSpecification {
        var specification = specification
        specification.controller = controller
        return specification
    }

    private static func pod(
        _ name: String, _ address: String, in namespace: String = "shop", account: String? = nil,
        labels: [String: String] = [:], ports: [(String, UInt16)] = [], serves: [String] = [],
        _ readiness: PodSpecification.Readiness = .http(httpPort), isMeshed: Bool = true
    ) -> PodSpecification {
        // Those without a sidecar serve too, since servers for tests may want a peer.
        let arguments = isMeshed ? serves : ["--http", "\(httpPort)"]
        return PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: account ?? name,
            labels: labels.isEmpty ? ["app": name] : labels, address: address,
            ipv6Address: address.replacing("10.77.", with: "fd00:77::").replacing(".", with: ":"), ports: ports,
            uid: UUID().uuidString.lowercased(),
            application: arguments.isEmpty ? nil : ["serve", "--name", name] + arguments, readiness: readiness,
            isMeshed: isMeshed)
    }
}
