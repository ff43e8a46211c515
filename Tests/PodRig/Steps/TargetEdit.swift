/// A TrafficTarget gets a source, and loses it again.
struct TargetEdit: DemoStep {
    let title = "an edit of a TrafficTarget"

    /// Where the edited TrafficTarget has its rules: the sources stand before it.
    private let target = """
          name: bookbuyer-to-bookstore-v2
          namespace: bookstore
        spec:
          destination:
            kind: ServiceAccount
            name: bookstore-v2
            namespace: bookstore
          sources:

        """
    /// One more source.
    private let thief = """
            - kind: ServiceAccount
              name: bookthief
              namespace: bookthief

        """

    func run(in demo: Demo) throws {
        let manifests = demo.rig.manifests
        try demo.startTraffic(from: Bookstore.buyers, path: "/buy-a-book", rate: 100)
        let original = try manifests.text(of: Bookstore.accessFile)
        try manifests.replace(target, by: target + thief, in: Bookstore.accessFile)
        try demo.expectCall(
            from: "bookthief", to: Bookstore.apex, "GET", "/books-bought", status: "200",
            remark: "as a source for v2", decider: Bookstore.buyerPolicy2)
        try demo.expectCall(
            from: "bookthief", to: Bookstore.version1, "GET", "/books-bought", status: "no response",
            decider: "\(try demo.rig.address(of: Bookstore.version1))")
        try manifests.write(original, to: Bookstore.accessFile)
        try demo.expectCall(
            from: "bookthief", to: Bookstore.apex, "GET", "/books-bought", status: "no response",
            remark: "removed again", decider: "\(try demo.rig.address(of: Bookstore.apex))")
        try demo.expectNoFailures(since: "the edits")
        try demo.expectConnectionsKept(through: "the edits")
    }
}
