import Foundation

/// The controller is killed and comes back; the traffic does not notice.
struct ControllerRestart: DemoStep {
    let title = "kill -9 of the controller, and a restart"

    func run(in demo: Demo) throws {
        let controller = demo.rig.controller
        try demo.startTraffic(from: Bookstore.buyers, path: "/books-bought", rate: 50)
        controller.crash()
        let down = Date()
        try demo.expectAnswers(100, what: "answers while the controller is down", after: down)
        controller.log.refresh()
        let start = controller.log.count
        try controller.start { demo.board.refresh() }
        let proxies = Set(demo.rig.pods.map { "\($0.specification.name)" })
        let row = Expectation(
            caller: "(controller)", service: "", what: "proxies that reconnect", expected: "\(proxies.count)")
        try demo.expect(row, within: .seconds(60)) {
            controller.log.refresh()
            let back = controller.log.connections(from: start).intersection(proxies)
            return Observation(text: "\(back.count)", isAsExpected: back == proxies)
        }
        let edit = try Edit(in: demo) { try $0.write(Bookstore.split(50, 50), to: Bookstore.splitFile) }
        let outcome = try edit.awaitRoutes(at: Bookstore.buyers)
        try demo.expectAnswers(
            from: ["bookstore-v1", "bookstore-v2"], atLeast: 100, what: "an edit after the restart, to 50/50",
            after: outcome.lastTime)
        // Every resource that was acknowledged since, but for the routes of this edit, had been sent before. (Removals
        // that were put off when the controller was killed are due.)
        controller.log.refresh()
        let again = controller.log.acknowledgements(from: start).filter {
            let isOfEdit = $0.type.contains("RouteConfiguration") && $0.revision >= outcome.batch.revision
            return !isOfEdit && $0.resources > 0
        }
        let bytes = again.map(\.bytes).reduce(0, +)
        let names = again.map { "\($0.type) to \($0.proxy)" }.prefix(3).joined(separator: ", ")
        try demo.expect(
            "(controller)", "", "bytes of resources sent again", "0",
            Observation(text: again.isEmpty ? "0" : "\(bytes) (\(names))", isAsExpected: again.isEmpty))
        try demo.expectNoFailures(since: "the kill")
        try demo.expectConnectionsKept(through: "the kill")
    }
}
