import Foundation

/// The controller says of each object whether it is in effect, and if not, why.
struct StatusTable: DemoStep {
    let title = "status: what the controller says of each object (GET /status)"

    private let badFile = "bad-split.yaml"

    func run(in demo: Demo) throws {
        try demo.startTraffic(from: ["bookbuyer"], path: "/books-bought", rate: 50)
        try expectAllReady(in: demo)
        try expectBadObjectTold(in: demo)
        try expectProgress(in: demo)
        try demo.expectNoFailures(since: "the start")
        try demo.expectConnectionsKept(through: "the edits")
    }

    private func expectAllReady(in demo: Demo) throws {
        for object in try status(in: demo).objects {
            try expect(object.kind, object.place, "Ready", in: demo) { object in
                let met = ["Accepted", "ResolvedRefs", "Programmed"].filter { object[$0]?.isTrue ?? false }
                return Observation(
                    text: object["Ready"]?.isTrue ?? false ? "Ready" : object["Ready"]?.message ?? "no condition",
                    decidedBy: "\(met.joined(separator: ", ")): \(object["Programmed"]?.message ?? "")",
                    isAsExpected: object["Ready"]?.isTrue ?? false)
            }
        }
    }

    private func expectBadObjectTold(in demo: Demo) throws {
        try demo.rig.manifests.write(BadManifests.split("negative", weight: "-1"), to: badFile)
        try expect("TrafficSplit", "bookstore/negative", "Accepted: False", in: demo) { object in
            let accepted = object["Accepted"]
            return Observation(
                text: "Accepted: \(accepted?.status ?? "?")", decidedBy: accepted.map { "\($0.reason): \($0.message)" },
                isAsExpected: accepted?.status == "False" && accepted?.message.contains("weight") ?? false)
        }
        try demo.rig.manifests.remove(badFile)
    }

    /// An edit is programmed when every proxy that it affects enforces it: one that cannot holds it back.
    private func expectProgress(in demo: Demo) throws {
        let slow = try demo.rig.pod("bookbuyer-2")
        let first = try split(in: demo)?.generation ?? 0
        slow.pauseEnvoy()
        defer { slow.resumeEnvoy() }
        try demo.rig.manifests.write(Bookstore.split(70, 30), to: Bookstore.splitFile)
        try expectProgrammed("False", since: first, remark: "a proxy paused", in: demo) { $0.contains(slow.name) }
        slow.resumeEnvoy()
        try expectProgrammed("True", since: first, remark: "it goes on", in: demo, StatusTable.saysAll)

        let second = try split(in: demo)?.generation ?? 0
        slow.stopEnvoy(byCrash: true)
        try demo.rig.manifests.write(Bookstore.split(50, 50), to: Bookstore.splitFile)
        try expectProgrammed("False", since: second, remark: "a proxy ended", in: demo) {
            $0.contains("\(slow.name) not connected")
        }
        try slow.startEnvoy()
        try demo.rig.awaitReadiness()
        try expectProgrammed("True", since: second, remark: "it is back", in: demo, StatusTable.saysAll)
    }

    /// Whether a message begins with as many proxies as there are.
    private static func saysAll(_ message: String) -> Bool {
        let numbers = message.prefix { $0 != " " }.split(separator: "/")
        return numbers.count == 2 && numbers[0] == numbers[1]
    }

    private func expectProgrammed(
        _ status: String, since generation: Int, remark: String, in demo: Demo, _ says: (String) -> Bool
    ) throws {
        try expect(
            "TrafficSplit", "bookstore/bookstore-split", "Programmed: \(status)", remark: ", \(remark)", in: demo
        ) { object in
            let programmed = object["Programmed"]
            let isOfEdit = programmed.map { $0.observedGeneration > generation } ?? false
            return Observation(
                text: "Programmed: \(programmed?.status ?? "?")", decidedBy: programmed?.message,
                isAsExpected: isOfEdit && programmed?.status == status && says(programmed?.message ?? ""))
        }
    }

    private func expect(
        _ kind: String, _ place: String, _ expected: String, remark: String = "", in demo: Demo,
        _ observe: (ControllerStatus.Object) -> Observation
    ) throws {
        let row = Expectation(caller: "(controller)", service: kind, what: place + remark, expected: expected)
        try demo.expect(row) {
            guard let object = try status(in: demo).object(kind, place) else {
                return Observation(text: "not there", isAsExpected: false)
            }
            return observe(object)
        }
    }

    private func split(in demo: Demo) throws -> ControllerStatus.Object? {
        try status(in: demo).object("TrafficSplit", "bookstore/bookstore-split")
    }

    private func status(in demo: Demo) throws -> ControllerStatus { try ControllerStatus(asking: demo.rig.node) }
}
