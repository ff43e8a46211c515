import Foundation

/// A pod of a headless Service that restarts is nothing to its sibling.
struct HeadlessProof: Proof {
    let name = "headless"
    let promise = "a pod of a headless service restarts: connections to its sibling live on, the new pod is reached"

    /// Where the pod is at first and in the end, and where meanwhile.
    private let addresses = ["10.77.5.42", "10.77.5.43", "10.77.5.42"]

    func run(_ run: ProofRun) throws -> String {
        try run.startTraffic()
        for address in addresses {
            let former = try run.rig.pod("db-1").specification
            let open = try run.connectDatabase("db-1")
            try run.rig.restart("db-1", address: address)
            try run.awaitAllReady()
            let pod = try run.rig.pod("db-1").specification
            run.expect("the new pod", "another uid", pod.uid != former.uid, seen: pod.uid)
            for _ in 0..<10 {
                let call = TCPCall("\(address):\(ProofPods.databasePort)", isGreeted: true, line: "hello")
                let outcome = try run.rig.pod("client-1").call(call)
                run.expect("client-1 to the new db-1 at \(address)", "db-1", seen: outcome.app ?? outcome.text)
                let refused = try run.rig.pod("client-2").call(call)
                run.expect(
                    "client-2 to the new db-1 at \(address)", "an end without a byte",
                    !refused.isAnswered && refused.bytes == 0, seen: refused.text)
            }
            let lost = try open.finish().losses
            // Its own connections end with it, and can only end with it.
            run.expect("connections to the pod that ended", "\(open.connections) lost", seen: "\(lost) lost")
        }
        let figures = try run.finishTraffic()
        return
            "\(addresses.count) restarts of db-1 (same address, another, and back): 4 connections to db-0 and all others: "
            + figures
    }
}
