import Foundation

/// Certificates are renewed while everything runs.
struct RenewalProof: Proof {
    let name = "renewal"
    let promise = "every leaf certificate renewed under load: nothing fails"

    func run(_ run: ProofRun) throws -> String {
        let rig = run.rig
        // What is valid for ten minutes has less than a third of 24 hours left: by the longer validity it is to be renewed
        // as soon as its proxy asks again, which it does when the controller is back.
        try write("10m", run)
        try run.replaceRoot()
        try run.startTraffic()
        try write("24h", run)
        rig.controller.log.refresh()
        let start = rig.controller.log.count
        rig.controller.crash()
        try rig.controller.start()
        try run.awaitAllReady()
        try Waiting.until("the certificates to be acknowledged", explanation: { "issued: \(issued(run, start))" }) {
            issued(run, start) >= rig.pods.count ? () : nil
        }
        Thread.sleep(forTimeInterval: 3)
        let count = issued(run, start)
        run.expect("certificates issued", "\(rig.pods.count)", seen: "\(count)")
        let figures = try run.finishTraffic()
        return "\(count) of \(rig.pods.count) certificates renewed at the same time: \(figures)"
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
