import Foundation

extension IngressCases {
    private typealias M = IngressManifests

    /// The status of a GET request over TLS.
    private func get(_ run: PolicyRun, from pod: String = "ingress", _ tls: [String]) throws -> String {
        try run.get(pod, Self.url(run, isSecure: true), tls: tls)
    }

    /// A certificate of an authority that nobody knows.
    private func foreignCertificate(_ run: PolicyRun) throws -> [String] {
        let place = "\(run.rig.directory)/certificates/foreign"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let (certificate, key) = ("\(place)/cert.pem", "\(place)/key.pem")
        try Command(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", "2", "-subj", "/CN=\(Self.principal)", "-addext", "subjectAltName=DNS:\(Self.principal)"]
                + ["-keyout", key, "-out", certificate]
        ).check()
        let mesh = try Self.tls(run)
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", "\(run.rig.directory)/certificates"]).check()
        return mesh + ["--tls-cert", certificate, "--tls-key", key]
    }

    func runCertificates(_ run: PolicyRun) throws {
        let named = M.object(
            [M.backend("web", PolicyPods.httpPort, "https")], from: [M.service(), M.principal(Self.principal)])
        try run.given("https from a Service, with a principal", objects: named) {
            let own = try run.certificate(of: "ingress", in: "edge")
            try run.expect("with its certificate", "200") { try get(run, own) }
            try run.expect("with its certificate, to the service's name", "200") {
                try get(run, own + ["--sni", Self.serverName])
            }
            try run.expect("with its certificate, to another name", "200") {
                try get(run, own + ["--sni", "any.test"])
            }
            try run.expect("with its certificate, offering http/1.1", "200") {
                try get(run, own + ["--alpn", "http/1.1"])
            }
            try run.expect("with its certificate, from elsewhere", "403") { try get(run, from: "stranger", own) }
            try run.expect("with another's certificate", "403") {
                try get(run, run.certificate(of: "stranger", in: "edge"))
            }
            try run.expect("with a certificate of an unknown authority", "no response") {
                try get(run, foreignCertificate(run))
            }
            try run.expect("without a certificate", "no response") { try get(run, Self.tls(run)) }
            try run.expect("without a certificate, to the service's name", "no response") {
                try get(run, Self.tls(run, Self.serverName))
            }
            try run.expect("in plain text", "no response") { try run.get("ingress", Self.url(run)) }
            try run.expect("GET of a client in the mesh", "200") { try run.get("client-1", "http://web.shop/") }
        }
        let anybody = M.object(
            [M.backend("web", PolicyPods.httpPort, "HTTPS")], from: [M.service(), M.range("10.77.8.2/32")])
        try run.given("https without a principal", objects: anybody) {
            for pod in ["ingress", "stranger"] {
                try run.expect("from \(pod), with any certificate of the mesh", "200") {
                    try get(run, from: pod, run.certificate(of: "stranger", in: "edge"))
                }
            }
            try run.expect("without a certificate", "no response") { try get(run, Self.tls(run)) }
        }
        let uri = M.object(
            [M.backend("web", PolicyPods.httpPort, "https")],
            from: [M.principal("spiffe://cluster.local/ingress/edge")])
        try run.given("https from a principal by its URI, anywhere", objects: uri) {
            try run.expect("with its certificate", "200") {
                try get(run, from: "stranger", run.certificate(of: "ingress", in: "edge"))
            }
            try run.expect("with another's certificate", "403") {
                try get(run, from: "stranger", run.certificate(of: "stranger", in: "edge"))
            }
        }
    }

    func runWithoutCertificates(_ run: PolicyRun) throws {
        let object = M.object(
            [M.backend("web", PolicyPods.httpPort, "https", skippingCertificates: true)],
            from: [M.service(), M.principal(Self.principal)])
        try run.given("skipClientCertValidation", objects: object) {
            try run.expect("without a certificate", "200") { try get(run, Self.tls(run)) }
            try run.expect("without a certificate, to the service's name", "200") {
                try get(run, Self.tls(run, Self.serverName))
            }
            try run.expect("without a certificate, from elsewhere", "403") {
                try get(run, from: "stranger", Self.tls(run))
            }
            try run.expect("in plain text", "no response") { try run.get("ingress", Self.url(run)) }
            try run.expectCondition(
                kind, "shop/web", "ResolvedRefs", "False RefNotUsable", mentioning: "skipClientCertValidation")
        }
    }

    func runServerNames(_ run: PolicyRun) throws {
        let hosts = M.object(
            [
                M.backend(
                    "web", PolicyPods.httpPort, "https", skippingCertificates: true,
                    tls: "sniHosts: [Shop.example, \"*.shop.example\"]")
            ], from: [M.service()])
        try run.given("sniHosts", objects: hosts) {
            for name in ["shop.example", "a.shop.example"] {
                try run.expect("to \(name)", "200") { try get(run, Self.tls(run, name)) }
            }
            for name in ["other.example", Self.serverName] {
                try run.expect("to \(name)", "no response") { try get(run, Self.tls(run, name)) }
            }
            try run.expect("to no name", "no response") { try get(run, Self.tls(run)) }
        }
        let mixed = [
            M.object(
                [M.backend("web", PolicyPods.httpPort, "https", tls: "sniHosts: [closed.example]")],
                from: [M.principal(Self.principal)]),
            "---\n",
            M.object(
                named: "v1", [M.backend("web-v1", PolicyPods.httpPort, "https", skippingCertificates: true)],
                from: [M.range("10.77.8.2/32")]),
        ].joined()
        try run.given("two services of a pod over TLS, one of which needs a certificate", objects: mixed) {
            try run.expect("to its name, with the certificate", "200") {
                try get(run, run.certificate(of: "ingress", in: "edge") + ["--sni", "closed.example"])
            }
            try run.expect("to its name, without", "403") { try get(run, Self.tls(run, "closed.example")) }
            try run.expect("to another name, with the certificate", "403") {
                try get(run, run.certificate(of: "ingress", in: "edge") + ["--sni", "open.example"])
            }
            try run.expect("to the other service, from its range", "200") {
                try get(run, from: "stranger", Self.tls(run, "open.example"))
            }
        }
    }
}
