/// Requests of a host that is no pod, past everything that a client's own proxy would do.
struct HandMadeClient {
    private let demo: Demo
    private let outsider: Outsider
    private let server: RunningPod
    /// The server's own address: there is no Service in between.
    private let place: String

    /// Makes the host.
    init(demo: Demo) throws {
        self.demo = demo
        outsider = try Outsider(demo: demo)
        server = try demo.rig.pod("bookstore-v1")
        place = "\(server.specification.address):\(BookstorePods.httpPort)"
    }

    /// Expects that only an allowed identity gets through, and that without a certificate nobody does.
    func expectRefusals() throws {
        let thief = try outsider.certificate(of: "bookthief", in: "bookthief")
        let buyer = try outsider.certificate(of: "bookbuyer", in: "bookbuyer")
        try expect("bookbuyer's certificate", buyer, "200") { try logged($0, Bookstore.buyerPolicy1) }
        try expect("bookthief's certificate", thief, "403") { try logged($0, "rbac_access_denied") }
        let roots = Array(buyer.prefix(2))
        let refusals = try server.sumOfCounters(matching: HandMadeClient.refusals)
        // The handshake fails before there is a request that could be logged.
        try expect("TLS, no certificate", roots, "no response") { _ in
            let now = try server.sumOfCounters(matching: HandMadeClient.refusals)
            return now > refusals ? "\(server.name)'s proxy: ssl.fail_verify_no_cert" : nil
        }
        try expect("no TLS", nil, "no response") { try logged($0, place) }
    }

    /// Envoy's counter of handshakes without a certificate, at the port for other pods.
    private static let refusals = "listener.*15003.ssl.fail_verify_no_cert"

    /// What the server's access log says of a call, if it has a text.
    private func logged(_ trace: AccessTrace, _ text: String) throws -> String? {
        let decision = trace.decision(at: (server, "\(server.name)'s proxy"), expecting: text)
        return decision.flatMap { $0.contains(text) ? $0 : nil }
    }

    /// - Parameters:
    ///   - tls: the options for TLS; `nil` for none.
    ///   - decision: who decided, as expected; `nil` if that cannot be seen.
    private func expect(
        _ what: String, _ tls: [String]?, _ status: String, decision: (AccessTrace) throws -> String?
    ) throws {
        let row = Expectation(
            caller: "(no sidecar)", service: server.name, what: "GET /books-bought, \(what)", expected: status)
        try demo.expect(row) {
            let marker = "call=\(demo.nextCallNumber())&"
            let scheme = tls == nil ? "http" : "https"
            var call = Call("GET", "\(scheme)://\(place)/books-bought?\(marker)")
            if let tls { call.options = tls + ["--sni", "bookstore-v1.bookstore.svc.cluster.local", "--alpn", "osm"] }
            let trace = AccessTrace(marker: marker, address: place, pods: demo.rig.pods)
            let answer = try call.make(in: outsider.namespace, app: demo.rig.programs.app)[0]
            let decidedBy = try decision(trace)
            return Observation(
                text: answer.text, decidedBy: decidedBy, isAsExpected: answer.isAs(status) && decidedBy != nil)
        }
    }
}
