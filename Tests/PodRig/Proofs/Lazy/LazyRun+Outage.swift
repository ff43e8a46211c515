import Foundation

extension LazyRun {
    /// Without a controller only a first call ever suffers; after its restart nothing is sent that proxies have.
    func outage() throws -> String {
        let steady = try Traffic(
            from: rig.pod("db-0"), method: "GET", url: "http://\(web)/ok", to: "web", rate: run.rate)
        defer { _ = try? steady.finish() }
        let listeners = try ["db-0", "db-1", "echo"].map { try virtualListeners(of: $0) }
        try run.awaitQuiet()
        rig.controller.crash()
        for pod in ["db-0", "db-1"] {
            run.expect("\(pod) without a controller", "answered", seen: try get("http://\(web)/ok", from: pod).text)
        }
        let first = try get("http://\(web)/ok", from: "web-2", limit: .seconds(20))
        run.expect(
            "a first call ever without a controller", "no response in the end", first.text.hasPrefix("no response"),
            seen: first.text)
        let start = mark()
        try rig.controller.start()
        try awaitEverybody()
        Thread.sleep(forTimeInterval: 6)
        rig.controller.log.refresh()
        let sent = rig.controller.log.acknowledgements(from: start).filter { $0.resources > 0 || $0.removed > 0 }
        // The proxy of the first call has waited for its answer.
        let others = sent.filter { !$0.proxy.hasPrefix("shop/web-") }
        run.expect(
            "what is sent after the restart", "nothing to those who had called before", others.isEmpty,
            seen: others.map { "\($0.bytes) bytes, \($0.removed) removed, of \($0.type) to \($0.proxy)" }.text)
        let now = try ["db-0", "db-1", "echo"].map { try virtualListeners(of: $0) }
        run.expect("virtual listeners after the restart", "\(listeners)", seen: "\(now)")
        run.expect("web-2 after the restart", "answered", seen: try get("http://\(web)/ok", from: "web-2").text)
        let sum = try steady.finish()
        run.expect(
            "requests of db-0 all the while", "none failed", seen: sum.failed == 0 ? "none failed" : "\(sum.failures)")
        return
            "without a controller a first call ends after \(Int(first.duration / .milliseconds(1))) ms, \(sum.failed) of "
            + "\(sum.sent) others failed; after its restart \(others.map(\.bytes).reduce(0, +)) bytes to those who had called"
    }

    /// A new pod of an identity that has called begins with what was called.
    func newPod() throws {
        try rig.restart("db-1")
        try awaitEverybody()
        let from = mark()
        let listeners = try virtualListeners(of: "db-1")
        run.expect("virtual listeners of the new db-1", "that of \(web)", listeners.contains(web), seen: listeners.text)
        run.expect("the new db-1 by HTTP", "answered", seen: try get("http://\(web)/ok", from: "db-1").text)
        run.expect("questions of the new db-1", "0", seen: "\(questions(from: from))")
    }

    /// A proxy whose bootstrap has no listeners within the process, which somebody made by hand, loses the first connection
    /// to a service, and nothing else.
    func otherBootstrap() throws -> String {
        let pod = try rig.pod("web-1b")
        pod.stopEnvoy()
        try pod.startEnvoy { text in
            guard var bootstrap = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
                return text
            }
            let removed = bootstrap.removeValue(forKey: "bootstrap_extensions")
            run.expect("what is taken out of the bootstrap", "something", removed != nil, seen: "nothing")
            return String(decoding: try JSONSerialization.data(withJSONObject: bootstrap), as: UTF8.self)
        }
        try rig.awaitReadiness()
        let first = try get("http://\(otherWeb)/ok", from: "web-1b", limit: .seconds(20))
        run.expect(
            "its first call of a service", "no response", first.text.hasPrefix("no response"), seen: first.text)
        Thread.sleep(forTimeInterval: 2)
        let second = try get("http://\(otherWeb)/ok", from: "web-1b")
        run.expect("its second call", "answered", seen: second.text)
        run.expect(
            "its call of what was called before", "answered", seen: try get("http://\(web)/ok", from: "web-1b").text)
        pod.stopEnvoy()
        try pod.startEnvoy()
        try rig.awaitReadiness()
        try awaitEverybody()
        return
            "without internal listeners the first call fails after \(Int(first.duration / .milliseconds(1))) ms, the next is answered"
    }

    /// What a proxy takes when it starts does not grow with services that its identity does not call.
    func memory() throws -> String {
        var taken: [(services: Int, bytes: Int, clusters: Int)] = []
        for services in [10, 1_000] {
            let text = (0..<services).map { number in
                Self.service("s\(number)", ["10.79.\(100 + number / 200).\(number % 200 + 1)"], "app: nobody", 80)
            }
            try rig.manifests.write(text.joined(separator: "---\n"), to: "many.yaml")
            try Waiting.until("\(services) services to be known") { () -> Void? in
                let known = try run.status().objects.filter { $0.kind == "Service" && $0.name.hasPrefix("s") }
                return known.count == services ? () : nil
            }
            taken.append((services, try allocatedAfterRestart(of: "db-1"), try sizes(of: "db-1").clusters))
        }
        // What it would hold if it saw all of them.
        rig.controller.options = ["--lazy-above", "never"]
        try restartController()
        let whole = try allocatedAfterRestart(of: "db-1")
        run.expect(
            "memory of a proxy that sees 1,000 services", "more", whole > 2 * taken[1].bytes, seen: "\(whole) bytes")
        let ratio = Double(taken[1].bytes) / Double(taken[0].bytes)
        run.expect("clusters with 1,000 services", "\(taken[0].clusters)", seen: "\(taken[1].clusters)")
        run.expect(
            "memory with 1,000 services against ten", "at most 1.05 times as much", ratio <= 1.05, seen: "\(ratio)")
        let rounded = (ratio * 1_000).rounded() / 1_000
        return
            "a proxy with \(taken[0].clusters) clusters holds \(taken[0].bytes / 1024) KB with 10 more services and "
            + "\(taken[1].bytes / 1024) KB with 1,000: ratio \(rounded); one that sees them all \(whole / 1024) KB"
    }

    /// What a pod's proxy has allocated when it has been started anew and has everything.
    private func allocatedAfterRestart(of name: String) throws -> Int {
        let pod = try rig.pod(name)
        pod.stopEnvoy()
        try pod.startEnvoy()
        try rig.awaitReadiness()
        try awaitEverybody()
        return try allocated(by: pod)
    }

    /// What a proxy has allocated, by its own word.
    private func allocated(by pod: RunningPod) throws -> Int {
        guard let fields = LogFields(line: try pod.admin("/memory").replacing("\n", with: "")),
            let bytes = fields.number("allocated")
        else { throw RigError(.program, "the proxy of \(pod.name) does not tell its memory") }
        return bytes
    }
}
