import Foundation

/// A pod of the database is replaced, and its TrafficTarget edited: open connections to its sibling live on, also
/// through all later steps.
struct StatefulSet: DemoStep {
    let title = "TCP: a pod of the database restarts, and who may call it is edited"

    /// The sources of the database's TrafficTarget.
    private let sources = """
          sources:
            - kind: ServiceAccount
              name: bookwarehouse
              namespace: bookwarehouse

        """
    /// One more source.
    private let thief = """
            - kind: ServiceAccount
              name: bookthief
              namespace: bookthief

        """

    func run(in demo: Demo) throws {
        let calls = DatabaseCalls(demo: demo)
        _ = try demo.holdConnections(from: "bookwarehouse", to: calls.name(0), of: "mysql-0", count: 4)
        try expectRestart(in: demo, calls)
        try demo.expectConnectionsKept(through: "the restart")
        try expectEdits(in: demo, calls)
        try demo.expectConnectionsKept(through: "the edits")
    }

    /// The new pod has another address, under the old name.
    private func expectRestart(in demo: Demo, _ calls: DatabaseCalls) throws {
        let load = try demo.holdConnections(from: "bookwarehouse", to: calls.name(1), of: "mysql-1", count: 2)
        try demo.rig.restart("mysql-1", address: "10.77.1.43")
        let restarted = Date()
        let row = Expectation(
            caller: "bookwarehouse", service: "mysql-1", what: "connections that are made again", expected: "2 of 2")
        try demo.expect(row) {
            load.refresh()
            let sum = load.sum
            let answers = load.sum(after: restarted).apps["mysql-1"] ?? 0
            return Observation(
                text: "\(sum.open) of \(load.connections), \(sum.losses) lost",
                isAsExpected: sum.open == 2 && sum.losses == 2 && sum.mismatches == 0 && answers > 0)
        }
        try demo.releaseConnections(load)
        try calls.expectAnswer(from: "bookwarehouse", at: calls.name(1), by: "mysql-1", remark: ", new pod")
        let pod = try demo.rig.pod("mysql-1")
        pod.stopApplication()
        try demo.rig.publishEndpoints()
        try calls.expectEnd(from: "bookwarehouse", at: calls.name(1), of: "mysql-1", "greeting, application stopped")
        try pod.startApplication()
        try demo.rig.awaitReadiness()
        try calls.expectAnswer(from: "bookwarehouse", at: calls.name(1), by: "mysql-1", remark: ", again")
    }

    /// An edit decides the next connection; those that are open live on.
    private func expectEdits(in demo: Demo, _ calls: DatabaseCalls) throws {
        let manifests = demo.rig.manifests
        let original = try manifests.text(of: Bookstore.accessFile)
        try manifests.replace(sources, by: sources + thief, in: Bookstore.accessFile)
        try calls.expectAnswer(from: "bookthief", at: calls.place(0), by: "mysql-0", remark: ", as a source")
        let load = try demo.holdConnections(from: "bookthief", to: calls.place(0), of: "mysql-0", count: 1)
        try manifests.write(original, to: Bookstore.accessFile)
        try calls.expectNoListener(from: "bookthief", remark: ", removed again")
        try demo.expectConnectionsKept(through: "the removal")
        try demo.releaseConnections(load)
    }
}
