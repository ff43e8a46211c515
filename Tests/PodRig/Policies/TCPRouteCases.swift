/// Who may open connections.
struct TCPRouteCases: PolicyCases {
    let kind = "TCPRoute"

    func run(_ run: PolicyRun) throws {
        try given(run, "a port", to: "echo", [PolicyPods.echoPort]) {
            try run.expect("the source to the listed port", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
            try run.expect("the source to another port", "no answer") {
                try run.line("client-1", "echo.shop:\(PolicyPods.otherEchoPort)")
            }
            try run.expect("another to the listed port", "no answer") {
                try run.line("client-2", "echo.shop:\(PolicyPods.echoPort)")
            }
        }
        try given(run, "no ports", to: "echo", []) {
            for port in [PolicyPods.echoPort, PolicyPods.otherEchoPort] {
                try run.expect("the source to \(port)", "answered by echo") {
                    try run.line("client-1", "echo.shop:\(port)")
                }
            }
        }
        try given(run, "a server that speaks first", to: "db", [PolicyPods.databasePort]) {
            try run.expect("the source", "answered by db") {
                try run.greeting("client-1", "db.shop:\(PolicyPods.databasePort)")
            }
            try run.expect("another", "no answer") {
                try run.greeting("client-2", "db.shop:\(PolicyPods.databasePort)")
            }
        }
    }

    private func given(
        _ run: PolicyRun, _ situation: String, to account: String, _ ports: [UInt16], _ body: () throws -> Void
    ) throws {
        let target = AccessManifests.target("tcp", to: account, from: ["client-1"], [("TCPRoute", "ports", [])])
        let objects = AccessManifests.all(target, AccessManifests.route("ports", ports: ports))
        try run.given(situation, objects: objects, mesh: AccessManifests.smi, body)
    }
}
