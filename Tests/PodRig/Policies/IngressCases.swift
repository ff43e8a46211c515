import Foundation

/// Who outside the mesh may call a service, and how.
///
/// The pod `ingress` is the endpoint of the Service `edge/ingress`; the pod `stranger` is nobody's. Both are outside the
/// mesh and call a pod of the mesh by its own address, as ingress controllers do.
struct IngressCases: PolicyCases {
    let kind = "IngressBackend"

    private typealias M = IngressManifests

    static let serverName = "web.shop.svc.cluster.local"
    /// The name in the certificate of the account `edge/ingress`.
    static let principal = "ingress.edge.cluster.local"

    func run(_ run: PolicyRun) throws {
        try runClosed(run)
        try runPlain(run)
        try runSources(run)
        try runWhileOpen(run)
        try runCertificates(run)
        try runWithoutCertificates(run)
        try runServerNames(run)
        try runConflicts(run)
        try runMistakes(run)
        try runNGINX(run)
        try runEnvoy(run)
    }

    /// Where a pod of the mesh is called by its own address.
    static func url(
        _ run: PolicyRun, _ pod: String = "web-1", _ port: UInt16 = PolicyPods.httpPort, isSecure: Bool = false
    ) throws -> String {
        "\(isSecure ? "https" : "http")://\(try run.pod(pod).specification.address):\(port)/"
    }

    /// The options of TLS that trust the mesh and show nothing.
    static func tls(_ run: PolicyRun, _ serverName: String? = nil) throws -> [String] {
        let roots = try Array(run.certificate(of: "ingress", in: "edge").prefix(2))
        return roots + (serverName.map { ["--sni", $0] } ?? [])
    }

    private func runClosed(_ run: PolicyRun) throws {
        for mode in [true, false] {
            let mesh = PolicyManifests.meshSpec(isPermissive: mode)
            try run.given("no IngressBackend, \(mode ? "permissive" : "SMI") mode", mesh: mesh) {
                try run.expect("GET in plain text", "no response") { try run.get("ingress", Self.url(run)) }
                try run.expect("GET over TLS with a certificate of the mesh", "no response") {
                    try run.get(
                        "ingress", Self.url(run, isSecure: true), tls: run.certificate(of: "ingress", in: "edge"))
                }
            }
        }
    }

    private func runPlain(_ run: PolicyRun) throws {
        let object = M.object([M.backend(), M.backend("web", PolicyPods.grpcPort)], from: [M.service()])
        for mode in [true, false] {
            let mesh = PolicyManifests.meshSpec(isPermissive: mode)
            try run.given("http from a Service, \(mode ? "permissive" : "SMI") mode", objects: object, mesh: mesh) {
                try run.expect("GET from its endpoint", "200 web-1") { try run.getAnswer("ingress", Self.url(run)) }
                try run.expect("GET from elsewhere", "403") { try run.get("stranger", Self.url(run)) }
                try run.expect("GET from elsewhere that pretends to come from there", "403") {
                    let address = try run.pod("ingress").specification.address
                    return try run.get("stranger", Self.url(run), headers: ["x-forwarded-for: \(address)"])
                }
                try run.expect("GET on a port without IngressBackend", "no response") {
                    try run.get("ingress", Self.url(run, "web-1", PolicyPods.otherHTTPPort))
                }
            }
        }
        try run.given("http from a Service", objects: object) {
            try run.expect("GET of a client in the mesh", "200") { try run.get("client-1", "http://web.shop/") }
            try run.expect("gRPC from its endpoint", "OK") {
                var call = Call("POST", try Self.url(run, "web-1", PolicyPods.grpcPort))
                call.spoken = "grpc"
                return try run.call("ingress", call)[0].text
            }
            try run.expect("websocket from its endpoint", "101") {
                // The test application upgrades the first request of a connection only: this ends those that there are.
                try run.restartApplication("web-2", adding: [])
                var call = Call("GET", "\(try Self.url(run, "web-2"))ws")
                call.spoken = "websocket"
                return try run.call("ingress", call)[0].text
            }
            try run.expect("GET over IPv6 from its endpoint", "200") {
                let address = try run.pod("web-1").specification.ipv6Address ?? ""
                return try run.get("ingress", "http://[\(address)]:\(PolicyPods.httpPort)/")
            }
            try run.expect("GET over TLS", "no response") {
                try run.get("ingress", Self.url(run, isSecure: true), tls: Self.tls(run))
            }
        }
    }

    private func runSources(_ run: PolicyRun) throws {
        let addresses = try ["ingress", "stranger"].map { try run.pod($0).specification.address }
        let ranges = addresses.map { M.object([M.backend()], from: [M.range("\($0)/32")]) }
        try run.given("http from a range", objects: ranges[1]) {
            try run.expect("GET from within", "200") { try run.get("stranger", Self.url(run)) }
            try run.expect("GET from without", "403") { try run.get("ingress", Self.url(run)) }
            try run.apply(ranges[0])
            try run.expect("another range: GET from within", "200") { try run.get("ingress", Self.url(run)) }
            try run.expect("another range: GET from without", "403") { try run.get("stranger", Self.url(run)) }
        }
        let both = M.object([M.backend()], from: [M.service(), M.range("\(addresses[1])/32")])
        try run.given("http from a Service and a range", objects: both) {
            for pod in ["ingress", "stranger"] {
                try run.expect("GET from \(pod)", "200") { try run.get(pod, Self.url(run)) }
            }
            try run.expect("GET from a third", "403") { try run.get("tools", Self.url(run)) }
        }
    }

    /// A policy that goes holds no more, for those neither who are connected.
    private func runWhileOpen(_ run: PolicyRun) throws {
        try run.given("http from a Service, and then no more", objects: M.object([M.backend()], from: [M.service()])) {
            // Each of its 8 connections is asked about once a second, so most first after the policy has gone.
            let load = try Traffic(
                from: run.pod("ingress"), method: "GET", url: Self.url(run), to: "web-1-ingress", rate: 8)
            try Waiting.until("requests from the ingress") { () -> Void? in
                load.refresh()
                return load.sum.ok > 16 ? () : nil
            }
            try run.apply("")
            let closed = Date()
            try run.expect("requests on open and new connections that are let in", "0 of more than 12") {
                try Waiting.until("requests after that") { () -> Void? in
                    load.refresh()
                    return load.sum(after: closed).done > 12 ? () : nil
                }
                return "\(load.sum(after: closed).ok) of more than 12"
            }
            _ = try load.finish()
        }
    }
}
