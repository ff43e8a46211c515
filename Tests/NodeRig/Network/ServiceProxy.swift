/// Keeps the node's rules as the Services and their endpoints are.
struct ServiceProxy: Sendable {
    let services: ObjectStore<Service>
    let slices: ObjectStore<EndpointSlice>

    /// Makes the rules that stay.
    func prepare() async throws {
        _ = try? await Program(script: "set +e\n\(ServiceRules.removal)").run()
        try await restore(ServiceRules.frame)
    }

    func run() async {
        var chains: Set<String> = []
        var written = ""
        await withTaskGroup { group in
            let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            for stream in [services.changes(), slices.changes()] {
                group.addTask { for await _ in stream { continuation.yield() } }
            }
            for await _ in changes {
                // Changes come in groups.
                try? await Task.sleep(for: .milliseconds(20))
                let rules = ServiceRules(services.all, slices.all, replacing: chains)
                guard rules.text != written, !Task.isCancelled else { continue }
                do {
                    try await restore(rules.text)
                    chains = rules.chains
                    written = rules.text
                } catch {
                    Console.say("the rules for Services could not be written: \(error)")
                    continuation.yield()
                }
            }
        }
    }

    /// Takes the rules away.
    func remove() async { _ = try? await Program(script: "set +e\n\(ServiceRules.removal)").run() }

    private func restore(_ text: String) async throws {
        try await Program(["iptables-restore", "--wait", "--noflush"]).check(input: text)
    }
}
