import Foundation
import MeshModel

/// The pods of the semantics check: four in `n0` and three in `n1` with sidecars, one in `n0` without.
enum SemanticsPods {
    /// The ports on which every application answers; the last is that of the rig's probes.
    static let ports: [UInt16] = [8080, 8081, 8082, BookstorePods.httpPort]

    static let all: [PodSpecification] = [
        pod("p0", in: "n0", "a0", 1), pod("p1", in: "n0", "a0", 2), pod("p2", in: "n0", "a1", 3),
        pod("p3", in: "n0", "a2", 4), pod("p4", in: "n1", "a0", 5), pod("p5", in: "n1", "a1", 6),
        pod("p6", in: "n1", "a1", 7),
    ]

    /// The name of the pod without a sidecar, and its address.
    static let plain = (name: ObjectName(namespace: "n0", name: "p7"), address: "10.77.3.8")

    /// The hosts outside the mesh that have an address.
    static let names = IPAddress(plain.address).map { ["x": $0] } ?? [:]

    /// The address of the host that is no pod.
    static let outsiderAddress = "10.77.4.1"

    /// The identities that policies speak of: every one gets a certificate for the client without a sidecar.
    static let identities = ["n0", "n1"].flatMap { namespace in
        (0..<4).map { ServiceIdentity(namespace: namespace, serviceAccount: "a\($0)") }
    }

    /// The pods as the API server would have them.
    static var running: [Pod] {
        let ports: [Pod.ContainerPort] = [.init(name: "web", port: 8080), .init(name: "db", port: 8082)]
        let meshed = all.map { pod in
            Pod(
                metadata: ObjectMetadata(
                    name: pod.name.name, namespace: pod.name.namespace, uid: pod.uid,
                    labels: pod.labels.merging([MeshLabels.proxyUUID: pod.uid]) { $1 }),
                serviceAccount: pod.serviceAccount, addresses: [pod.address].compactMap { IPAddress($0) },
                ports: pod.name.name == "p1" ? [.init(name: "web", port: 8081)] : ports, mountsProxyToken: true)
        }
        let outside = Pod(
            metadata: ObjectMetadata(
                name: plain.name.name, namespace: plain.name.namespace, uid: "uid-plain", labels: ["app": "a"]),
            serviceAccount: "default", addresses: [plain.address].compactMap { IPAddress($0) }, ports: ports,
            mountsProxyToken: false)
        return meshed + [outside]
    }

    private static func pod(
        _ name: String, in namespace: String, _ account: String, _ number: Int
    ) -> PodSpecification {
        PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: account,
            labels: ["app": "a"], address: "10.77.3.\(number)",
            ports: [("web", name == "p1" ? 8081 : 8080), ("db", 8082)], uid: "uid-\(name)",
            application: application(name))
    }

    /// The arguments of an application.
    static func application(_ name: String) -> [String] {
        ["probe-serve", "--name", name, "--ports", ports.map(String.init).joined(separator: ",")]
    }
}
