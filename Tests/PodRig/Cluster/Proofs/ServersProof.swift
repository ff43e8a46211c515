import Foundation

/// The root by which pods know the control plane is replaced; nothing fails meanwhile, and nobody is left behind.
struct ServersProof: OperatorProof {
    let name = "servers"
    let promise =
        "one annotation rotates the control plane's own root in two replicas under load: nothing fails, a pod whose files are "
        + "late is served under the old root and named, and the old root goes once all have come back under the new one"

    private static let secret = ["secret/osm-control-plane-ca", "--namespace", "osm-system"]
    private static let split = ClusterObject(kind: "TrafficSplit", namespace: "shop", name: "web")
    /// Its files are late.
    private static let late = "db-1"

    func run(_ run: OperatorRun) throws -> String {
        let rig = run.rig
        let second = rig.replicas[1]
        if !second.isRunning {
            try second.start()
            try second.awaitReady()
        }
        for (index, pod) in rig.pods.enumerated() where index % 2 == 1 {
            try rig.service.lead(pod, to: second)
            pod.stopEnvoy()
            try pod.startEnvoy()
        }
        try rig.awaitReadiness()
        try run.awaitAllReady()
        try run.startTraffic()
        let old = try field("ca.crt", run)
        let begin = ContinuousClock.now
        try run.kubectl.check(
            ["annotate"] + Self.secret + [
                "--overwrite", "openservicemesh.io/rotate=\(Int(Date().timeIntervalSince1970))",
            ])
        try Waiting.until("both roots to be in the ConfigMap") { () -> Void? in
            try rig.bundle(in: "shop").components(separatedBy: "BEGIN CERTIFICATE").count == 3 ? () : nil
        }
        run.expect("the root that signs before the new one is known", old, seen: try field("ca.crt", run))
        for pod in rig.pods where pod.name != Self.late { try rig.mountBundle(of: pod) }
        run.note("the new root is in the files of all pods but \(Self.late)")

        let count = rig.pods.count
        let behind = try Waiting.until(
            "all but \(Self.late) to be back under the new root", within: .seconds(180),
            explanation: { (try? status(run)) ?? "" }
        ) { () -> String? in
            let text = try status(run)
            return text.contains("\(count - 1)/\(count) proxies") && text.contains(Self.late) ? text : nil
        }
        let switched = Int((begin.duration(to: .now) / .seconds(1)).rounded())
        try Waiting.until("\(Self.late) to be served under the old root", within: .seconds(60)) { () -> Void? in
            try connected(run).contains { $0.hasSuffix("/\(Self.late)") } ? () : nil
        }
        // Configuration reaches all of them, the late one included.
        var policies = run.policies
        policies.weights = [0, 100]
        try run.apply(policies)
        try run.awaitAllReady()
        run.expect("the old root while \(Self.late) needs it", old, seen: try field("previous-ca.crt", run))

        try rig.mountBundle(of: rig.pod(Self.late))
        run.note("the new root is in the files of \(Self.late)")
        try Waiting.until("the end to be told", within: .seconds(420), explanation: { (try? status(run)) ?? "" }) {
            () -> Void? in try status(run).hasPrefix("settled") ? () : nil
        }
        let whole = Int((begin.duration(to: .now) / .seconds(1)).rounded())
        let new = try field("ca.crt", run)
        run.expect("the root", "another one", new != old, seen: new == old ? "the old one" : "another one")
        try Waiting.until("the old root to be gone from the ConfigMap") { () -> Void? in
            try rig.bundle(in: "shop") == new ? () : nil
        }
        for pod in rig.pods { try rig.mountBundle(of: pod) }
        run.expect("proxies that are connected", "\(count)", seen: "\(try connected(run).count)")

        // What knows the new root alone connects anew, and an edit reaches everybody.
        let restarted = try rig.pod(Self.late)
        restarted.stopEnvoy()
        try restarted.startEnvoy()
        try rig.awaitReadiness()
        policies.weights = [100, 0]
        try run.apply(policies)
        try run.await("Programmed", of: Self.split)
        try run.awaitAllReady()
        var probes = ProbeTally()
        try probes.check(run.policies, run, "under the new root")
        let traffic = try run.finishTraffic()
        for pod in rig.pods { try rig.service.lead(pod, to: rig.replicas[0]) }
        return
            "\(count - 1) proxies of two replicas back under the new root after \(switched) s, all after \(whole) s; "
            + "`\(behind)`; \(traffic)"
    }

    private func status(_ run: OperatorRun) throws -> String {
        try run.kubectl.check(
            ["get"] + Self.secret + [
                "--output", #"jsonpath={.metadata.annotations.openservicemesh\.io/rotation-status}"#,
            ])
    }

    private func field(_ name: String, _ run: OperatorRun) throws -> String {
        let path = name.replacingOccurrences(of: ".", with: #"\."#)
        let text = try run.kubectl.check(["get"] + Self.secret + ["--output", "jsonpath={.data.\(path)}"])
        return String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }

    /// The pods that are connected to either replica.
    private func connected(_ run: OperatorRun) throws -> Set<String> {
        Set(try run.rig.replicas.flatMap { try $0.status().proxies.filter(\.connected).map(\.pod) })
    }
}
