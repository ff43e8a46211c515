import Foundation
import MeshModel

/// A TCP service whose server speaks first, with pods that are called by their own names.
struct Database: DemoStep {
    let title = "TCP: a database that speaks first, headless, only for the warehouse"

    func run(in demo: Demo) throws {
        let callers = DatabaseCalls(demo: demo)
        try callers.expectAnswer(from: "bookwarehouse", at: callers.name(0), by: "mysql-0")
        try callers.expectAnswer(from: "bookwarehouse", at: callers.name(1), by: "mysql-1")
        let second = try demo.rig.pod("mysql-1").specification
        try callers.expectAnswer(
            from: "bookwarehouse", at: "[\(second.ipv6Address ?? "")]:\(BookstorePods.mysqlPort)", by: "mysql-1",
            remark: ", by IPv6")
        for client in ["bookthief", "bookbuyer"] { try callers.expectNoListener(from: client) }
        try callers.expectRefusalInHandshake()
    }
}
