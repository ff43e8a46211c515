import Foundation
import MeshModel

/// The pods of the sample: who calls, who serves.
enum BookstorePods {
    static let httpPort: UInt16 = 14001
    static let grpcPort: UInt16 = 14002

    /// Two buyers, so that an edit has two clients to reach; a thief; two versions of the store; its supplier.
    static let all: [PodSpecification] = [
        client("bookbuyer", number: 11, namespace: "bookbuyer"),
        client("bookbuyer-2", number: 12, namespace: "bookbuyer"),
        client("bookthief", number: 13, namespace: "bookthief"),
        store("v1", number: 21), store("v2", number: 22),
        server("bookwarehouse", number: 31, namespace: "bookwarehouse", labels: ["app": "bookwarehouse"]),
    ]

    private static func client(_ name: String, number: Int, namespace: String) -> PodSpecification {
        PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: namespace,
            labels: ["app": namespace], address: "10.77.1.\(number)", ports: [], uid: UUID().uuidString.lowercased(),
            application: nil)
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
        return PodSpecification(
            name: ObjectName(namespace: namespace, name: name), serviceAccount: name, labels: labels,
            address: "10.77.1.\(number)", ports: [("http", httpPort), ("grpc", grpcPort)],
            uid: UUID().uuidString.lowercased(), application: arguments + (calls.map { ["--calls", $0] } ?? []))
    }
}
