import Foundation
import MeshModel

/// The pods of the sample: who calls, who serves.
enum BookstorePods {
    static let httpPort: UInt16 = 14001
    static let grpcPort: UInt16 = 14002
    static let mysqlPort: UInt16 = 3306

    /// Two buyers, so that an edit has two clients to reach; a thief; two versions of the store; its supplier; and the
    /// supplier's database, a StatefulSet of two.
    static let all: [PodSpecification] = [
        client("bookbuyer", number: 11, namespace: "bookbuyer"),
        client("bookbuyer-2", number: 12, namespace: "bookbuyer"),
        client("bookthief", number: 13, namespace: "bookthief"),
        store("v1", number: 21), store("v2", number: 22),
        server("bookwarehouse", number: 31, namespace: "bookwarehouse", labels: ["app": "bookwarehouse"]),
        database(0), database(1),
    ]

    private static func client(_ name: String, number: Int, namespace: String) -> PodSpecification {
        pod(name, number: number, namespace: namespace, account: namespace, labels: ["app": namespace])
    }

    private static func store(_ version: String, number: Int) -> PodSpecification {
        server(
            "bookstore-\(version)", number: number, namespace: "bookstore",
            labels: ["app": "bookstore", "version": version],
            calls: "/buy-a-book POST http://bookwarehouse.bookwarehouse:\(httpPort)/restock")
    }

    private static func server(
        _ name: String, number: Int, namespace: String, labels: [String: String], calls: String? = nil
    ) -> PodSpecification {
        let arguments = ["serve", "--name", name, "--http", "\(httpPort)", "--grpc", "\(grpcPort)"]
        return pod(
            name, number: number, namespace: namespace, account: name, labels: labels,
            ports: [("http", httpPort), ("grpc", grpcPort)],
            application: arguments + (calls.map { ["--calls", $0] } ?? []))
    }

    private static func database(_ ordinal: Int) -> PodSpecification {
        let name = "mysql-\(ordinal)"
        var pod = pod(
            name, number: 41 + ordinal, namespace: "bookwarehouse", account: "mysql", labels: ["app": "mysql"],
            ports: [("mysql", mysqlPort)], application: ["serve", "--name", name, "--tcp", "\(mysqlPort)=banner"])
        pod.readiness = .readyLine
        pod.isOfStatefulSet = true
        return pod
    }

    /// A pod with addresses of both families.
    private static func pod(
        _ name: String, number: Int, namespace: String, account: String, labels: [String: String],
        ports: [(String, UInt16)] = [], application: [String]? = nil
    ) -> PodSpecification {
        PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: account, labels: labels,
            address: "10.77.1.\(number)", ipv6Address: "fd00:77::1:\(number)", ports: ports,
            uid: UUID().uuidString.lowercased(), application: application)
    }
}
