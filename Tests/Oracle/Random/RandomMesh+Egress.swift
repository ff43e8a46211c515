internal import MeshModel

/// Random Egress policies, and what clients send out of the mesh.
extension RandomMesh {
    mutating func egress() -> Egress {
        let sources = (0..<random.pick(1, 1, 2, 3)).map { _ in
            Egress.Source(
                kind: random.once(in: 30) ? "Service" : "ServiceAccount", name: account(),
                namespace: random.once(in: 20) ? "out" : random.pick("n0", "n0", "n1"))
        }
        let hosts = random.pick(
            [], ["x"], ["x", "Y"], ["*.n0", "x"], ["s0.n0", "*.n0"], ["*"], ["*", "x"], ["y"], ["https://x"])
        let ranges = random.pick(
            [], [], [], ["10.0.0.0/24"], ["10.0.0.0/8"], ["10.1.0.0/16", "10.0.0.4/30"], ["10.77.3.8/32"],
            ["0.0.0.0/0"], ["::/0", "10.0.0.0/25"], ["10.0.0.0/33"])
        let ports = (0..<random.pick(1, 1, 2, 3)).map { _ in
            Egress.Port(
                number: random.once(in: 30) ? 15_003 : random.pick(80, 81, 8080, 8080, 8081, 8083),
                protocolName: random.pick(
                    "http", "http", "HTTP", "https", "Https", "tcp", "tcp", "tcp-server-first",
                    "tcp-server-first", "udp"))
        }
        let matches = (0..<random.pick(0, 0, 0, 1, 2)).map { _ in
            Egress.Reference.routeGroup("g\(random.number(below: 5))")
        }
        return Egress(
            metadata: metadata("o", 8), sources: random.once(in: 30) ? [] : sources, hosts: hosts,
            ipAddresses: ranges, ports: ports, matches: matches)
    }

    /// What a client sends first.
    package mutating func firstBytes() -> Oracle.FirstBytes {
        switch random.number(below: 5) {
        case 0: return .bytes
        case 1: return .tls(random.pick(nil, "x", "y", "s0.n0", "a.n0", "z"))
        default:
            let request = request()
            let path =
                random.once(in: 6)
                ? random.pick("//a", "/b/../a", "/./a", "/a%2fb", "/bc..", "/b.c", "/.", "/b;x") : request.path
            return .request(
                Request(
                    method: request.method, path: path,
                    host: random.pick(request.host, "x", "X", "y:8080", "a.n0", "s0.n0", "z"), headers: request.headers)
            )
        }
    }
}
