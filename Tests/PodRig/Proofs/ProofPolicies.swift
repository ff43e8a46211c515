/// What the proofs edit, and what follows from it for a call.
///
/// A client may always get `/ok`, and may always open connections to the first port of the echo server.
struct ProofPolicies {
    /// The shares of the two versions.
    var weights = [50, 50]
    /// The shares of the echo server, and of a Service without pods.
    var echoWeights = [100, 0]
    /// Whether the group `flip` has the path `/flip`.
    var hasFlipPath = true
    /// One more path of the group `flip`, which nobody asks for.
    var flipExpression: String?
    /// The method that the group `flip` allows.
    var flipMethod = "GET"
    /// Whether the TrafficTarget `flip` allows all of the group, or only `/flop`.
    var hasFlipMatch = true
    /// Who may ask for what the group `flip` has.
    var flipSources = ProofPods.clients
    /// Who may call the database.
    var databaseSources = ["client-1"]
    /// Whether the TCPRoute has the second port of the echo server.
    var hasOtherEchoPort = true
    /// Whether the Service `web` has its second port.
    var hasOtherWebPort = true
    var isPermissive = false
    /// How long certificates are valid.
    var validity = "24h"

    // What changes nothing for the calls of the proofs.
    /// Whether there is a split of the web servers; without it they share the requests.
    var hasSplit = true
    /// Whether a second TrafficTarget allows what the first one does.
    var hasSecondTarget = false
    var isEgressOpen = false
    /// Numbers of paths that nobody asks for.
    var otherPaths: [Int] = []
    /// Numbers of sources that are no pods.
    var otherSources: [Int] = []
    /// Ports on which nobody serves.
    var otherPorts: [Int] = []
    /// The value of an annotation of the Services.
    var remark = 0
    /// Objects of further kinds; `nil` for none.
    var kinds: EditedKinds?

    /// The manifests by file.
    var files: [(name: String, text: String)] {
        [
            ("mesh.yaml", meshConfig), ("services.yaml", services.joined(separator: "---\n")),
            ("routes.yaml", routeGroups.joined(separator: "---\n")), ("tcp-routes.yaml", tcpRoutes),
            ("targets.yaml", targets.joined(separator: "---\n")), ("splits.yaml", splits.joined(separator: "---\n")),
        ] + (kinds.map { [("kinds.yaml", $0.text)] } ?? [])
    }

    /// Whether a client gets a path from the web servers.
    func allows(_ path: String, from client: String) -> Bool {
        if isPermissive || path == "/ok" { return true }
        return path == "/flip" && hasFlipPath && flipMethod == "GET" && hasFlipMatch && flipSources.contains(client)
    }

    /// Whether a client may open a connection to the database.
    func allowsDatabase(from client: String) -> Bool { isPermissive || databaseSources.contains(client) }

    /// Whether clients get a connection to the second port of the echo server.
    var allowsOtherEcho: Bool { (isPermissive || hasOtherEchoPort) && echoWeights[0] > 0 }

    /// Which web servers may answer.
    var answering: Set<String> {
        Set(zip(ProofPods.versions, weights).flatMap { $1 > 0 ? $0.pods : [] })
    }
}
