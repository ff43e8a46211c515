/// Files that cannot be read and objects that make no sense hurt nothing else, and are told by name.
struct BadManifests: DemoStep {
    let title = "mistakes: a half-written file, an unknown kind, an invalid weight"

    private let unfinished = "half-written.yaml"
    private let unknownKind = "unknown-kind.yaml"
    private let badWeight = "bad-weight.yaml"

    func run(in demo: Demo) throws {
        let manifests = demo.rig.manifests
        try demo.startTraffic(from: Bookstore.buyers, path: "/buy-a-book", rate: 100)
        demo.rig.controller.log.refresh()
        let start = demo.rig.controller.log.count
        try manifests.writeHalf("metadata: {name: \"\(String(repeating: "a", count: 40))\"}\n", to: unfinished)
        try manifests.write(BadManifests.split("unknown", kind: "TrafficDivision", weight: "1"), to: unknownKind)
        try manifests.write(BadManifests.split("negative", weight: "-1"), to: badWeight)
        for texts in [[unfinished], [unknownKind, "TrafficDivision"], [badWeight, "bookstore/negative", "weight"]] {
            let row = Expectation(
                caller: "(controller)", service: "", what: "its log names \(texts[0])", expected: "named")
            try demo.expect(row) {
                demo.rig.controller.log.refresh()
                let isNamed = demo.rig.controller.log.mentions(texts, from: start)
                return Observation(text: isNamed ? "named" : "not named", isAsExpected: isNamed)
            }
        }
        let edit = try Edit(in: demo) { try $0.write(Bookstore.split(100, 0), to: Bookstore.splitFile) }
        let outcome = try edit.awaitRoutes(at: Bookstore.buyers)
        try demo.expectAnswers(
            from: ["bookstore-v1"], atLeast: 40, what: "a good edit beside them, to 100/0", after: outcome.lastTime)
        for file in [unfinished, unknownKind, badWeight] { try manifests.remove(file) }
        try demo.expectNoFailures(since: "the mistakes")
        try demo.expectConnectionsKept(through: "the mistakes")
    }

    /// A division of requests by one weight.
    static func split(_ name: String, kind: String = "TrafficSplit", weight: String) -> String {
        """
        apiVersion: split.smi-spec.io/v1alpha2
        kind: \(kind)
        metadata:
          name: \(name)
          namespace: bookstore
        spec:
          service: bookstore-v1
          backends:
            - service: bookstore-v2
              weight: \(weight)

        """
    }
}
