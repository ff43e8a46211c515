import Foundation

/// Certificates are renewed while everything runs.
struct RenewalProof: Proof {
    let name = "renewal"
    let promise = "leaf certificates of ten seconds, renewed all the time under load: nothing fails"

    func run(_ run: ProofRun) throws -> String {
        let rig = run.rig
        let seconds = run.edits >= 1_000 ? 300 : 30
        try write("10s", run)
        // Everybody gets a new one.
        try run.replaceRoot()
        try run.startTraffic()
        rig.controller.log.refresh()
        let start = rig.controller.log.count
        Thread.sleep(forTimeInterval: TimeInterval(seconds))
        // Each lasts for 7.5 seconds at the most.
        let count = issued(run, start)
        let least = rig.pods.count * (seconds / 8)
        run.expect("certificates issued", ">= \(least)", count >= least, seen: "\(count)")
        try write("24h", run)
        Thread.sleep(forTimeInterval: 10)
        rig.controller.log.refresh()
        let end = rig.controller.log.count
        Thread.sleep(forTimeInterval: 10)
        run.expect("certificates issued once they last for a day", "0", seen: "\(issued(run, end))")
        let figures = try run.finishTraffic()
        return "\(count) certificates issued to \(rig.pods.count) proxies in \(seconds) s: \(figures)"
    }

    private func write(_ validity: String, _ run: ProofRun) throws {
        var policies = run.policies
        policies.validity = validity
        try run.write(policies)
        try run.awaitProgrammed("MeshConfig", "osm-system/osm-mesh-config")
    }

    private func issued(_ run: ProofRun, _ start: Int) -> Int {
        run.rig.controller.log.refresh()
        return run.rig.controller.log.certificates(from: start)
    }
}
