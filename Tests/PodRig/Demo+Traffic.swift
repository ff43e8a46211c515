import Foundation

extension Demo {
    /// Ends the steady requests, and expects that none of them failed.
    func expectNoFailures(since what: String) throws {
        let clients = rig.loads.map(\.client)
        let sum = try stopTraffic()
        let unanswered = sum.sent - sum.done
        try expect(
            clients.count == 1 ? clients[0] : Bookstore.bothBuyers, "bookstore",
            "failed of \(sum.sent) requests since \(what)", "0",
            Observation(
                text: sum.failed + unanswered == 0 ? "0" : "\(sum.failed) (\(sum.failures)), unanswered \(unanswered)",
                isAsExpected: sum.failed + unanswered == 0))
    }

    /// Expects a number of answers in intervals after a time.
    func expectAnswers(_ count: Int, what: String, after time: Date) throws {
        let row = Expectation(
            caller: Bookstore.bothBuyers, service: "bookstore", what: what, expected: ">= \(count), all 200")
        try expect(row, within: .seconds(60)) {
            let sum = sum(after: time)
            return Observation(
                text: "\(sum.ok)\(sum.failed > 0 ? ", failed: \(sum.failures)" : "")",
                isAsExpected: sum.ok >= count && sum.failed == 0)
        }
    }

    /// Expects that all answers in intervals after a time come from some applications, and from each of them.
    func expectAnswers(from apps: Set<String>, atLeast count: Int, what: String, after time: Date) throws {
        let names = apps.sorted().map(Bookstore.version(of:)).joined(separator: " and ")
        let row = Expectation(
            caller: Bookstore.bothBuyers, service: "bookstore", what: what, expected: "\(names), >= \(count)")
        // Requests that were under way at the acknowledgement may still be answered as before.
        let settled = time.addingTimeInterval(0.5)
        try expect(row, within: .seconds(60)) {
            let sum = sum(after: settled)
            return Observation(
                text: Bookstore.shares(sum.apps),
                decidedBy: "TrafficSplit bookstore/bookstore-split",
                isAsExpected: sum.ok >= count && Set(sum.apps.keys) == apps)
        }
    }

    /// Expects that all connections that are held open are those that were opened first.
    func expectConnectionsKept(through what: String) throws {
        for load in rig.connections {
            let row = Expectation(
                caller: load.client, service: load.service,
                what: "lost of \(load.connections) connections, \(what)", expected: "0")
            let now = Date()
            try expect(row) {
                load.refresh()
                let sum = load.sum
                let isKept = sum.failures.isEmpty && sum.open == load.connections && sum.opened == load.connections
                return Observation(
                    text: sum.failures.isEmpty ? "\(sum.losses), \(sum.answers) answers" : sum.failures,
                    decidedBy: DatabaseCalls.policy, isAsExpected: isKept && load.sum(after: now).answers > 0)
            }
        }
    }

    private func sum(after time: Date) -> LoadReport {
        rig.loads.map { $0.sum(after: time) }.reduce(.nothing, +)
    }
}
