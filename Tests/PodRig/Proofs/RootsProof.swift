import Foundation

/// The root of all certificates is replaced while everything runs.
struct RootsProof: Proof {
    let name = "roots"
    let promise = "replace-root under load ends by itself: nothing fails, and only the new root is trusted"

    func run(_ run: ProofRun) throws -> String {
        let rig = run.rig
        let address = "\(try rig.pod("db-0").specification.address):\(ProofPods.databasePort)"
        func call(with options: [String]) throws -> TCPCall.Outcome {
            var call = TCPCall(address, isGreeted: true, line: "hello")
            call.options = options + ["--sni", "db.shop.svc.cluster.local", "--alpn", "osm"]
            return try call.make(in: rig.outsider(), app: rig.programs.app)
        }
        let old = try run.certificate(of: "client-1", in: "clients", as: "old-root")
        let before = try call(with: old)
        run.expect("a certificate of the old root, before", "db-0", seen: before.app ?? before.text)

        try run.startTraffic()
        rig.controller.log.refresh()
        let start = rig.controller.log.count
        let seconds = try run.replaceRoot() / .seconds(1)
        let issued = rig.controller.log.certificates(from: start)
        run.expect("certificates issued", ">= \(rig.pods.count)", issued >= rig.pods.count, seen: "\(issued)")
        Thread.sleep(forTimeInterval: 2)
        let figures = try run.finishTraffic()

        let new = try run.certificate(of: "client-1", in: "clients", as: "new-root")
        // Each with the roots that let it trust the server, so that only the server can refuse.
        let refused = try call(with: Array(new.prefix(2)) + Array(old.dropFirst(2)))
        run.expect(
            "a certificate of the old root, after", "an end without a byte",
            !refused.isAnswered && refused.bytes == 0 && refused.end != "timeout", seen: refused.text)
        let distrusted = try call(with: Array(old.prefix(2)) + Array(new.dropFirst(2)))
        run.expect("the server, with the old roots only", "tls", seen: distrusted.end)
        let after = try call(with: new)
        run.expect("a certificate of the new root, after", "db-0", seen: after.app ?? after.text)
        return
            "replaced in \((seconds * 10).rounded() / 10) s at \(rig.pods.count) proxies, \(issued) certificates issued; "
            + "the old root is refused; \(figures)"
    }
}

extension ProofRun {
    /// Replaces the root, and returns how long it took.
    @discardableResult
    func replaceRoot() throws -> Duration {
        rig.controller.log.refresh()
        let (start, begin) = (rig.controller.log.count, ContinuousClock.now)
        try Command(["\(rig.directory)/bin/osm-controller", "replace-root", "--state", "\(rig.directory)/state"])
            .check()
        return try Waiting.until("the root to be replaced", within: .seconds(120)) {
            rig.controller.log.refresh()
            let isDone = rig.controller.log.mentions(["root replacement: done"], from: start)
            return isDone ? begin.duration(to: .now) : nil
        }
    }
}
