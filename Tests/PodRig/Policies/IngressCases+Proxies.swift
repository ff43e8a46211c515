extension IngressCases {
    private typealias M = IngressManifests

    private static let plain = "http://ingress.edge:\(IngressProxy.plainPort)/"
    private static let secure = "http://ingress.edge:\(IngressProxy.securePort)/"
    /// The name in the certificates of the account `shop/web`.
    private static let backendName = "web.shop.cluster.local"

    private static let http = M.object([M.backend()], from: [M.service()])
    private static let https = M.object(
        [M.backend("web", PolicyPods.httpPort, "https"), M.backend("web", PolicyPods.grpcPort, "https")],
        from: [M.service(), M.principal(principal)])

    func runNGINX(_ run: PolicyRun) throws {
        try run.given("NGINX, http", objects: Self.http) {
            let proxy = try IngressProxy(
                run, in: "ingress", before: "web-1", serverName: nil, verifiedName: Self.backendName)
            try proxy.startNGINX(run)
            try run.expect("GET through it", "200 web-1") { try run.getAnswer("stranger", Self.plain) }
            let other = try IngressProxy(
                run, in: "stranger", before: "web-1", serverName: nil, verifiedName: Self.backendName)
            try other.startNGINX(run)
            try run.expect("GET through one that is no endpoint of the source", "403") {
                try run.get("tools", "http://10.77.8.2:\(IngressProxy.plainPort)/")
            }
        }
        try run.given("NGINX, https, proxy_ssl_name the account's, verified", objects: Self.https) {
            let proxy = try IngressProxy(
                run, in: "ingress", before: "web-1", serverName: nil, verifiedName: Self.backendName)
            try proxy.startNGINX(run)
            try run.expect("GET through it", "200 web-1") { try run.getAnswer("stranger", Self.secure) }
            try run.expect("gRPC through it", "OK") {
                var call = Call("POST", "http://ingress.edge:\(IngressProxy.grpcPort)/")
                call.spoken = "grpc"
                return try run.call("stranger", call)[0].text
            }
            try run.expect("GET through it in plain text", "502") { try run.get("stranger", Self.plain) }
        }
        try run.given("NGINX, https, proxy_ssl_name the service's FQDN as SNI", objects: Self.https) {
            let proxy = try IngressProxy(
                run, in: "ingress", before: "web-1", serverName: Self.serverName, verifiedName: Self.backendName)
            try proxy.startNGINX(run)
            try run.expect("GET through it", "200 web-1") { try run.getAnswer("stranger", Self.secure) }
        }
        try run.given("NGINX, https, with another's certificate", objects: Self.https) {
            let proxy = try IngressProxy(
                run, in: "ingress", before: "web-1", as: "stranger", serverName: nil, verifiedName: Self.backendName)
            try proxy.startNGINX(run)
            try run.expect("GET through it", "403") { try run.get("stranger", Self.secure) }
        }
    }

    func runEnvoy(_ run: PolicyRun) throws {
        try run.given("Envoy, http", objects: Self.http) {
            try envoy(run).startEnvoy(run)
            try run.expect("GET through it", "200 web-1") { try run.getAnswer("stranger", Self.plain) }
        }
        try run.given("Envoy, https", objects: Self.https) {
            try envoy(run).startEnvoy(run)
            var log = try run.accessLog(of: "web-1")
            try run.expect("GET through it", "200 web-1") { try run.getAnswer("stranger", Self.secure) }
            try run.expect("what it speaks to the sidecar", "HTTP/1.1, by shop/web/web") {
                let line = try run.line(with: "\"policy\":\"shop/web/web\"", in: &log) ?? "no line"
                return line.contains("\"protocol\":\"HTTP/1.1\"") ? "HTTP/1.1, by shop/web/web" : line
            }
        }
    }

    private func envoy(_ run: PolicyRun) throws -> IngressProxy {
        try IngressProxy(
            run, in: "ingress", before: "web-1", serverName: Self.serverName, verifiedName: Self.backendName)
    }
}
