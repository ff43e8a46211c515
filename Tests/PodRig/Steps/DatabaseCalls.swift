import Foundation
import MeshModel

/// Connections to the database's pods, and what is expected of them.
struct DatabaseCalls {
    let demo: Demo

    /// The policy's name in logs: namespace, TrafficTarget, TCPRoute.
    static let policy = "bookwarehouse/mysql/mysql"

    /// The address of a pod of the StatefulSet, by its name.
    func name(_ ordinal: Int) -> String { "mysql-\(ordinal).mysql.bookwarehouse:\(BookstorePods.mysqlPort)" }

    /// The address of a pod of the StatefulSet, as numbers.
    func place(_ ordinal: Int) throws -> String {
        "\(try demo.rig.pod("mysql-\(ordinal)").specification.address):\(BookstorePods.mysqlPort)"
    }

    /// Expects the greeting and an answer, and that the server's proxy names the policy.
    func expectAnswer(
        from client: String, at address: String, by app: String, remark: String = "", policy: String = policy
    ) throws {
        let server = try demo.rig.pod(app)
        let row = Expectation(
            caller: client, service: app, what: "greeting, a line and its answer\(remark)", expected: "answered")
        try demo.expect(row) {
            let trace = ConnectionTrace(at: server)
            let outcome = try demo.rig.pod(client).call(TCPCall(address, isGreeted: true, line: "select 1"))
            let decider = trace.policy(allowing: client)
            let isGreeted = outcome.banner?.contains(app) ?? false
            return Observation(
                text: outcome.text, decidedBy: decider,
                isAsExpected: outcome.isAnswered && outcome.app == app && isGreeted && decider == policy)
        }
    }

    /// Expects that a connection ends soon, without a byte.
    func expectEnd(from client: String, at address: String, of server: String, _ what: String) throws {
        let row = Expectation(caller: client, service: server, what: what, expected: "an end, 0 bytes")
        try demo.expect(row) {
            let outcome = try demo.rig.pod(client).call(TCPCall(address, line: nil))
            return Observation(
                text: outcome.text,
                isAsExpected: !outcome.isAnswered && outcome.end != "timeout" && outcome.bytes == 0)
        }
    }

    /// Expects that a client without permission gets not one byte, since its own proxy has no listener for the address.
    func expectNoListener(from client: String, remark: String = "") throws {
        let pod = try demo.rig.pod(client)
        let address = try place(0)
        try expectNothing(from: client, "greeting\(remark)") {
            let trace = ConnectionTrace(at: pod)
            let outcome = try pod.call(TCPCall(address, line: nil))
            return (outcome, trace.refusal(of: address))
        }
    }

    /// Expects that the handshake lets in whom the policy names, and nobody else.
    func expectRefusalInHandshake() throws {
        let server = try demo.rig.pod("mysql-0")
        let outsider = try Outsider(demo: demo)
        let address = try place(0)
        func call(as account: String, in namespace: String) throws -> TCPCall.Outcome {
            var call = TCPCall(address, isGreeted: true, line: "select 1")
            call.options = try outsider.certificate(of: account, in: namespace)
            call.options += ["--sni", "mysql.bookwarehouse.svc.cluster.local", "--alpn", "osm"]
            return try call.make(in: outsider.namespace, app: demo.rig.programs.app)
        }
        let row = Expectation(
            caller: "(no sidecar)", service: "mysql-0", what: "greeting, bookwarehouse's certificate",
            expected: "answered")
        try demo.expect(row) {
            let trace = ConnectionTrace(at: server)
            let outcome = try call(as: "bookwarehouse", in: "bookwarehouse")
            let policy = trace.policy(allowing: "bookwarehouse")
            return Observation(
                text: outcome.text, decidedBy: policy,
                isAsExpected: outcome.isAnswered && policy == DatabaseCalls.policy)
        }
        let refusals = "listener.*15003.ssl.fail_verify_san"
        try expectNothing(from: "(no sidecar)", "greeting, bookthief's certificate") {
            let before = try server.sumOfCounters(matching: refusals)
            let outcome = try call(as: "bookthief", in: "bookthief")
            let isCounted = try server.sumOfCounters(matching: refusals) > before
            return (outcome, isCounted ? "mysql-0's proxy: ssl.fail_verify_san" : nil)
        }
    }

    /// Expects an end without a byte, somebody who decided it, and that the application saw no connection.
    private func expectNothing(
        from client: String, _ what: String, _ call: () throws -> (TCPCall.Outcome, decidedBy: String?)
    ) throws {
        let server = try demo.rig.pod("mysql-0")
        let row = Expectation(caller: client, service: "mysql-0", what: what, expected: "0 bytes, 0 accepted")
        try demo.expect(row) {
            let before = server.acceptedConnections()
            let (outcome, decider) = try call()
            let accepted = server.acceptedConnections() - before
            return Observation(
                text: "\(outcome.text), \(accepted) accepted", decidedBy: decider,
                isAsExpected: !outcome.isAnswered && outcome.end != "timeout" && outcome.bytes == 0 && accepted == 0
                    && decider != nil)
        }
    }
}
