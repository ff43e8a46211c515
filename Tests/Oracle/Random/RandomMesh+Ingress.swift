package import MeshModel

/// Random IngressBackends, and requests from outside the mesh.
extension RandomMesh {
    private static let principals = ["a0.n0.cluster.local", "gateway.example", "spiffe://cluster.local/a1/n0"]
    private static let serverNames = [
        "a.example", "b.a.example", "b.example", "s0.n0.svc.cluster.local", "s1.n0.svc.cluster.local",
    ]

    private static let ranges = [
        "10.0.0.0/29", "10.0.0.5/32", "10.0.0.0/8", "0.0.0.0/0", "fd00::5/128", "10.0.0.1",
    ]
    /// Those of pods that really run, and of hosts beside them.
    private static let runningRanges = [
        "10.77.3.0/24", "10.77.3.8/32", "10.77.4.1/32", "10.77.0.0/21", "10.77.3.4/30", "10.0.0.1",
    ]

    mutating func ingressBackend() -> IngressBackend {
        let backends = (0..<random.pick(1, 1, 2, 3)).map { _ -> IngressBackend.Backend in
            let hosts = random.pick(
                [], [], ["a.example"], ["*.a.example", "B.example"], ["s0.n0.svc.cluster.local"], ["*.cluster.local"])
            let tls = IngressBackend.TLS(skipClientCertValidation: random.once(in: 2), sniHosts: hosts)
            let isTLS = random.once(in: 2)
            return IngressBackend.Backend(
                service: "s\(random.number(below: 6))", port: random.pick(8080, 8080, 8081, 8082, 80),
                portProtocol: isTLS ? random.pick("https", "HTTPS") : random.pick("http", "http", "Http", "tcp"),
                tls: isTLS ? random.pick(nil, tls, tls, tls) : random.once(in: 6) ? tls : nil)
        }
        let sources = (0..<random.pick(1, 1, 2, 3)).map { _ -> IngressBackend.Source in
            switch random.number(below: 5) {
            case 0, 1:
                .init(
                    kind: .service, name: "s\(random.number(below: 6))",
                    namespace: random.once(in: 20) ? "" : random.pick("n0", "n0", "n1", "out"))
            case 2, 3:
                .init(
                    kind: .ipRange,
                    name: random.pick(from: running == nil ? Self.ranges : Self.runningRanges) ?? "")
            default: .init(kind: .authenticatedPrincipal, name: random.pick(from: Self.principals) ?? "")
            }
        }
        return IngressBackend(
            metadata: metadata("i", 6), backends: backends, sources: random.once(in: 30) ? [] : sources,
            hasMatches: random.once(in: 12))
    }

    /// A request from outside, mostly from where there are pods.
    package mutating func ingressCall() -> Oracle.IngressCall? {
        let addresses = (0..<10).flatMap { ["10.0.0.\($0)", "10.0.1.\($0)"] } + ["fd00::5"]
        guard let source = random.pick(from: addresses.compactMap { IPAddress($0) }) else { return nil }
        return ingressCall(
            from: source,
            certificate: random.pick(
                nil, [], ["a0.n0.cluster.local", "spiffe://cluster.local/a0/n0"], ["gateway.example"],
                ["a1.n0.cluster.local", "spiffe://cluster.local/a1/n0"]))
    }

    /// A request from an address by somebody who may have a certificate.
    package mutating func ingressCall(from source: IPAddress, certificate: [String]?) -> Oracle.IngressCall {
        let isTLS = random.once(in: 2)
        return Oracle.IngressCall(
            source: source, serverName: isTLS ? random.pick(from: Self.serverNames + [""]) : nil,
            certificate: isTLS ? certificate : nil)
    }
}
