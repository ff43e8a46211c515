import Foundation

/// Changes of objects, as many as the API server takes, by one client.
struct Flood {
    /// What came of it.
    struct Outcome {
        let changes: Int
        let seconds: Double

        var rate: Int { Int(Double(changes) / seconds) }
    }

    /// The objects that are changed, as manifests: route groups that nobody uses.
    static let groups = (0..<10).map { "storm-\($0)" }

    static var manifests: String {
        groups.map { name in
            "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata:\n  name: \(name)\n"
                + "  namespace: shop\nspec:\n  matches:\n    - name: a\n      pathRegex: /a\n      methods: [GET]\n"
        }.joined(separator: "---\n")
    }

    private let program: RunningProgram
    private let limit: Duration
    private let start = ContinuousClock.now

    /// Begins changes for a time, half of them of specs of the mesh's kinds, half of service accounts.
    ///
    /// - Parameter number: tells this flood's changes from those of another.
    init(_ rig: ClusterRig, for limit: Duration, number: Int) throws {
        self.limit = limit
        let options = try rig.cluster.requestOptions()
        let server = "https://\(try rig.cluster.serverAddress())"
        let accounts = ["web", "echo", "db"]
        let requests = (0..<Int(limit / .milliseconds(1))).map { index in
            let value = "\(number)-\(index)"
            let (path, body) =
                index.isMultiple(of: 2)
                ? (
                    "apis/specs.smi-spec.io/v1alpha4/namespaces/shop/httproutegroups/\(Self.groups[index / 2 % 10])",
                    #"{\"spec\": {\"matches\": [{\"name\": \"a\", \"pathRegex\": \"/\#(value)\", \"methods\": [\"GET\"]}]}}"#
                )
                : (
                    "api/v1/namespaces/shop/serviceaccounts/\(accounts[index / 2 % accounts.count])",
                    #"{\"metadata\": {\"annotations\": {\"storm\": \"\#(value)\"}}}"#
                )
            return """
                \(options)
                url = "\(server)/\(path)"
                request = "PATCH"
                header = "Content-Type: application/merge-patch+json"
                data = "\(body)"
                output = "/dev/null"
                write-out = "%{http_code}\\n"

                """
        }
        let file = "\(rig.directory)/flood.curl"
        try Data(requests.joined(separator: "next\n").utf8).write(to: URL(filePath: file))
        program = try RunningProgram(
            name: "flood-\(number)", logs: rig.programs.logs,
            command: rig.node.command(
                ["stdbuf", "-oL", "curl", "--no-progress-meter", "--parallel", "--parallel-max", "16"]
                    + ["--config", file]))
    }

    /// Waits until its time is over, and ends it.
    ///
    /// - Parameter meanwhile: what to do from time to time.
    func finish(_ meanwhile: () throws -> Void = {}) throws -> Outcome {
        while program.isRunning, start.duration(to: .now) < limit {
            try Interruption.check()
            try meanwhile()
            Thread.sleep(forTimeInterval: 0.1)
        }
        _ = RunningProgram.stop([program])
        let seconds = start.duration(to: .now) / .seconds(1)
        let text = try String(contentsOfFile: program.outputPath, encoding: .utf8)
        let changes = text.split(separator: "\n").count { $0 == "200" }
        guard changes > 0 else { throw RigError(.program, "nothing was changed: \(program.lastErrors())") }
        return Outcome(changes: changes, seconds: seconds)
    }
}
