/// What a request must be like.
struct HTTPRouteGroupCases: PolicyCases {
    let kind = "HTTPRouteGroup"

    private static let web = "http://web.shop"

    func run(_ run: PolicyRun) throws {
        try given(run, "a path", "    - name: id\n      pathRegex: /users/[0-9]+\n") {
            try run.expect("GET /users/12", "200") { try run.get("client-1", "\(Self.web)/users/12") }
            try run.expect("GET /users/12?full=1", "200") { try run.get("client-1", "\(Self.web)/users/12?full=1") }
            try run.expect("GET /users/12/x", "403") { try run.get("client-1", "\(Self.web)/users/12/x") }
        }
        try given(run, "a method", "    - name: post\n      methods: [POST]\n") {
            try run.expect("POST /", "200") { try run.tally("client-1", Call("POST", "\(Self.web)/"), times: 1).word }
            try run.expect("GET /", "403") { try run.get("client-1", "\(Self.web)/") }
        }
        let headers = "    - name: beta\n      headers:\n        - x-user: beta-[0-9]+\n        - host: web.*\n"
        try given(run, "headers", headers) {
            try run.expect("both match", "200") { try run.get("client-1", "\(Self.web)/", headers: ["x-user: beta-7"]) }
            try run.expect("one is missing", "403") { try run.get("client-1", "\(Self.web)/") }
            try run.expect("another host", "403") {
                try run.get("client-1", "\(Self.web)/", headers: ["x-user: beta-7", "Host: other.shop"])
            }
            try run.expect("a good value and a bad one", "403") {
                try run.get("client-1", "\(Self.web)/", headers: ["x-user: beta-7", "x-user: root"])
            }
        }
        let bad = "    - name: bad\n      pathRegex: \"/books[\"\n    - name: good\n      pathRegex: /prices\n"
        try given(run, "an expression that is none", bad) {
            try run.expectCondition(kind, "shop/routes", "Accepted", "False Invalid", mentioning: "pathRegex")
            try run.expect("GET /prices, another match of the group", "403") {
                try run.get("client-1", "\(Self.web)/prices")
            }
            try run.expect("GET /fine, another group of the target", "200") {
                try run.get("client-1", "\(Self.web)/fine")
            }
        }
    }

    /// Makes a situation with a group, and another one beside it.
    private func given(_ run: PolicyRun, _ situation: String, _ matches: String, _ body: () throws -> Void) throws {
        let target = AccessManifests.target(
            "web", from: ["client-1"], [("HTTPRouteGroup", "routes", []), ("HTTPRouteGroup", "fine", [])])
        let objects = AccessManifests.all(
            target, AccessManifests.group("routes", matches),
            AccessManifests.group("fine", "    - name: fine\n      pathRegex: /fine\n"))
        try run.given(situation, objects: objects, mesh: AccessManifests.smi, body)
    }
}

extension String {
    /// The first word.
    fileprivate var word: String { split(separator: " ").first.map(String.init) ?? "" }
}
