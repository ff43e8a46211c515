import MeshModel

/// A host that is no pod: it has what certificates it was given, and nothing between it and the servers.
struct HandMadeClient {
    private let demo: Demo
    private let namespace: Namespace
    private let directory: String

    /// Makes the host.
    init(demo: Demo) throws {
        self.demo = demo
        namespace = try demo.rig.attach("outsider", "10.77.2.1", "default")
        directory = "\(demo.rig.directory)/outsider"
    }

    /// Expects that only an allowed identity gets through, and that without a certificate nobody does.
    func expectRefusals() throws {
        let thief = try certificate(of: "bookthief")
        let buyer = try certificate(of: "bookbuyer")
        try expect("bookbuyer's certificate", buyer, "200", decider: Bookstore.buyerPolicy1)
        try expect("bookthief's certificate", thief, "403", decider: "rbac_access_denied")
        let roots = Array(buyer.prefix(2))
        try expect("TLS without a certificate", roots, "no response", decider: nil)
        try expect("no TLS", nil, "no response", decider: nil)
    }

    /// Has a certificate of the mesh made, and returns the options of a call with it; the roots come first.
    private func certificate(of account: String) throws -> [String] {
        let place = "\(directory)/\(account)"
        try demo.rig.controller.writeCertificate(
            of: ServiceIdentity(namespace: account, serviceAccount: account), to: place)
        try Command(["/bin/chown", "-R", "\(RunningPod.applicationUser)", directory]).check()
        return [
            "--tls-ca", "\(place)/roots.pem", "--tls-cert", "\(place)/cert.pem", "--tls-key", "\(place)/key.pem",
        ]
    }

    /// - Parameter tls: the options for TLS; `nil` for none.
    private func expect(_ what: String, _ tls: [String]?, _ status: String, decider: String?) throws {
        let server = try demo.rig.pod("bookstore-v1")
        let place = "\(server.specification.address):\(BookstorePods.httpPort)"
        let row = Expectation(
            caller: "(no sidecar)", service: server.name, what: "GET /books-bought, \(what)", expected: status)
        try demo.expect(row) {
            let marker = "call=\(demo.nextCallNumber())&"
            let scheme = tls == nil ? "http" : "https"
            var call = Call("GET", "\(scheme)://\(place)/books-bought?\(marker)")
            if let tls { call.options = tls + ["--sni", "bookstore-v1.bookstore.svc.cluster.local", "--alpn", "osm"] }
            let trace = AccessTrace(marker: marker, address: place, pods: demo.rig.pods)
            let answer = try call.make(in: namespace, app: demo.rig.programs.app)[0]
            let decidedBy = decider.flatMap { trace.decision(client: server, isPromised: $0) }
            let isExpectedStatus = answer.status == nil ? status == "no response" : answer.status == status
            return Observation(
                text: answer.text, decidedBy: decidedBy ?? (decider == nil ? "\(server.name)'s proxy" : nil),
                isAsExpected: isExpectedStatus && (decider.map { decidedBy?.contains($0) ?? false } ?? true))
        }
    }
}
