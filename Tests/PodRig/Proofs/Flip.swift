/// An edit of one object, which turns something over that calls can tell.
struct Flip: Sendable {
    let kind: String
    let place: String
    /// What it decides, in the words of an objection.
    let remark: String
    let change: @Sendable (inout ProofPolicies) -> Void

    /// Those of objects with a status of their own.
    static let policies: [Flip] = [
        weights, echoWeights, path,
        Flip(kind: "TrafficTarget", place: "shop/flip", remark: "a source of requests") {
            $0.flipSources = $0.flipSources.count == 2 ? ["client-1"] : ProofPods.clients
        },
        echoPort,
        Flip(kind: "TrafficTarget", place: "shop/db", remark: "a source of connections") {
            $0.databaseSources = $0.databaseSources.count == 2 ? ["client-1"] : ProofPods.clients
        },
        permissive, method, match,
    ]

    static let service = Flip(kind: "Service", place: "shop/web", remark: "a port of the Service") {
        $0.hasOtherWebPort.toggle()
    }

    private static let weights = Flip(kind: "TrafficSplit", place: "shop/web", remark: "all to one backend") {
        $0.weights = $0.weights == [100, 0] ? [0, 100] : [100, 0]
    }
    private static let echoWeights = Flip(kind: "TrafficSplit", place: "shop/echo", remark: "connections to nobody") {
        $0.echoWeights = $0.echoWeights == [100, 0] ? [0, 100] : [100, 0]
    }
    private static let path = Flip(kind: "HTTPRouteGroup", place: "shop/flip", remark: "a path") {
        $0.hasFlipPath.toggle()
    }
    private static let method = Flip(kind: "HTTPRouteGroup", place: "shop/flip", remark: "a method") {
        $0.flipMethod = $0.flipMethod == "GET" ? "POST" : "GET"
    }
    private static let match = Flip(kind: "TrafficTarget", place: "shop/flip", remark: "a match of a rule") {
        $0.hasFlipMatch.toggle()
    }
    private static let echoPort = Flip(kind: "TCPRoute", place: "shop/echo", remark: "a port") {
        $0.hasOtherEchoPort.toggle()
    }
    private static let permissive = Flip(
        kind: "MeshConfig", place: "osm-system/osm-mesh-config", remark: "permissive mode"
    ) { $0.isPermissive.toggle() }

    /// The flips that must come first, so that calls can tell this one.
    func prerequisites(_ policies: ProofPolicies) -> [Flip] {
        // What a path or a source decides cannot be seen while everything is allowed.
        var first: [Flip] = kind != "MeshConfig" && policies.isPermissive ? [Self.permissive] : []
        // Nor can a port while connections go nowhere.
        if kind == "TCPRoute", policies.echoWeights[0] == 0 { first.append(Self.echoWeights) }
        if kind == "TrafficSplit", place == "shop/echo", !policies.hasOtherEchoPort { first.append(Self.echoPort) }
        // Nor can a source, a method or a match while nothing has the path.
        guard place == "shop/flip" else { return first }
        if remark != Self.path.remark, !policies.hasFlipPath { first.append(Self.path) }
        if remark != Self.method.remark, policies.flipMethod != "GET" { first.append(Self.method) }
        if remark != Self.match.remark, !policies.hasFlipMatch { first.append(Self.match) }
        return first
    }
}
