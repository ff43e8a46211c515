import Foundation

/// What is wrong is told by its field and does nothing; everything beside it goes on.
struct MistakeCases: PolicyCases {
    let kind = "mistakes"

    private static let url = "http://web.shop/books"
    private static let good = AccessManifests.all(
        AccessManifests.target("good", from: ["client-1"], [("HTTPRouteGroup", "good", [])]),
        AccessManifests.group("good", "    - name: books\n      pathRegex: /books\n"))

    func run(_ run: PolicyRun) throws {
        try run.given("beside a good object", objects: Self.good, mesh: AccessManifests.smi) {
            let load = try Traffic(from: run.pod("client-1"), method: "GET", url: Self.url, to: "web", rate: 50)
            run.atEnd { _ = try load.finish() }
            let mistakes = PolicyMistakes.all
            try run.apply(mistakes.map(\.manifest).joined(separator: "---\n"), to: "mistakes.yaml")
            for mistake in mistakes {
                try run.expectCondition(
                    mistake.kind, mistake.place, "Accepted", "False Invalid", mentioning: mistake.path)
            }
            try expectLog(run)
            try run.expect("a request that the good object allows", "200") { try run.get("client-1", Self.url) }
            try run.expect("one that only refused objects would allow", "403") {
                try run.get("client-1", "http://web.shop/many-1")
            }
            try run.apply(Self.good.replacing("/books", with: "/(books|more)"))
            try run.expect("an edit of the good object is in effect", "200") {
                try run.get("client-1", "http://web.shop/more")
            }
            try run.expect("requests meanwhile, all answered with 200", "0 failed") {
                let sum = try load.finish()
                return sum.ok > 0 ? "\(sum.sent - sum.ok) failed" : "none sent"
            }
        }
    }

    /// Objects of which nothing can be read but the name have no status here: the controller logs them.
    private func expectLog(_ run: PolicyRun) throws {
        var log = LogTail(after: "\(run.rig.programs.logs)/controller.err")
        let mistakes = PolicyMistakes.unreadable
        try run.apply(mistakes.map(\.manifest).joined(separator: "---\n"), to: "unreadable.yaml")
        var lines: [String] = []
        for mistake in mistakes {
            let text = "\(mistake.kind) \(mistake.place): \(mistake.path)"
            try run.expect("\(text), of a wrong type", "is logged", within: .seconds(5)) {
                lines += log.newLines()
                return lines.contains { $0.contains(text) } ? "is logged" : "is not logged"
            }
        }
    }
}
