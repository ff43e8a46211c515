import Foundation
import MeshModel

/// Sidecars of the original with a root of this mesh, and pods that claim to be others.
struct PeersProof: Proof {
    let name = "peers"
    let promise =
        "sidecars of the original, with its DNS names alone, are talked to in both directions; an impostor behind a "
        + "Service's address gets no request, and a workload that poses as the control plane gets no token"

    private static let applicationPort: UInt16 = 8081

    func run(_ run: ProofRun) throws -> String {
        var policies = run.policies
        policies.weights = [0, 100]
        try run.write(policies)
        try run.awaitAllReady()
        let specification = try run.rig.pod("web-2").specification
        let pod = try replace("web-2", run)
        let served = try outbound(pod, run)
        let refused = try impostor(pod, run)
        let called = try inbound(run)
        let posed = try controlPlane(run)
        try run.rig.remove("web-2")
        try run.rig.add(specification.successor())
        try run.awaitAllReady()
        return "\(served); \(called); \(refused); \(posed)"
    }

    private func certificate(_ account: String, in namespace: String, as name: String, _ run: ProofRun) throws
        -> HandMadeCertificate
    {
        try HandMadeCertificate(
            ["\(account).\(namespace).cluster.local"], root: "\(run.rig.directory)/state/mesh-root.pem",
            in: "\(run.rig.directory)/peers/\(name)")
    }

    /// Puts a pod of the original in the place of one: its label, but no token for this control plane.
    private func replace(_ name: String, _ run: ProofRun) throws -> RunningPod {
        let old = try run.rig.pod(name).specification
        try run.rig.remove(name)
        let uid = UUID().uuidString.lowercased()
        try run.rig.add(
            PodSpecification(
                name: old.name, serviceAccount: old.serviceAccount,
                labels: old.labels.merging([MeshLabels.proxyUUID: uid]) { $1 }, address: old.address,
                ports: old.ports, uid: uid,
                application: [
                    "serve", "--name", "original", "--http", "\(Self.applicationPort)", "--bind", "127.0.0.1",
                ], readiness: .http(Self.applicationPort), isMeshed: false))
        return try run.rig.pod(name)
    }

    /// Runs something while the pod's sidecar shows a certificate.
    private func with(
        _ certificate: HandMadeCertificate, _ pod: RunningPod, _ run: ProofRun, _ body: () throws -> String
    ) throws -> String {
        let bootstrap = OriginalSidecar.bootstrap(
            certificate, caller: "client-1.clients.cluster.local", serverName: "web-2.shop.svc.cluster.local",
            port: ProofPods.webPort, application: Self.applicationPort)
        let sidecar = try RunningProgram(
            name: "\(pod.name)-original", logs: pod.logs, owner: UInt32(RunningPod.envoyUser),
            command: pod.namespace.command(
                [run.rig.programs.envoy, "--config-yaml", bootstrap, "--disable-hot-restart", "--concurrency", "1"],
                user: RunningPod.envoyUser))
        defer { _ = RunningProgram.stop([sidecar]) }
        let probe = TCPCall("\(pod.specification.address):\(ProofPods.webPort)", line: nil)
        try Waiting.until("a sidecar of the original to listen", explanation: { sidecar.lastErrors() }) {
            try sidecar.checkRunning()
            return try probe.make(in: run.rig.outsider(), app: run.rig.programs.app).end == "refused" ? nil : ()
        }
        return try body()
    }

    private func ask(_ client: String, _ run: ProofRun, times: Int = 20) throws -> [Call.Answer] {
        var call = Call("GET", "http://\(ProofPods.webAddress):\(ProofPods.webPort)/ok")
        call.times = times
        return try run.rig.pod(client).call(call)
    }

    private func count(_ answers: [Call.Answer], _ status: String) -> Int { answers.count { $0.status == status } }

    private func outbound(_ pod: RunningPod, _ run: ProofRun) throws -> String {
        let own = try certificate("web", in: "shop", as: "original", run)
        return try with(own, pod, run) {
            let allowed = try ask("client-1", run)
            let ok = allowed.count { $0.status == "200" && $0.app == "original" }
            run.expect("client-1 to a sidecar of the original", "20 x 200", seen: "\(ok) x 200")
            // It knows callers by their names of DNS, and this one is not in its list.
            let other = count(try ask("client-2", run), "403")
            run.expect("client-2, whom it does not allow", "20 x 403", seen: "\(other) x 403")
            return "20 of 20 requests to a sidecar of the original answered, 20 of another identity refused by it"
        }
    }

    private func impostor(_ pod: RunningPod, _ run: ProofRun) throws -> String {
        let other = try certificate("client-2", in: "clients", as: "impostor", run)
        return try with(other, pod, run) {
            let answers = try ask("client-1", run)
            run.expect("requests to an impostor", "20 x 503", seen: "\(count(answers, "503")) x 503")
            let failures = try run.rig.pod("client-1").sumOfCounters(matching: "ssl.fail_verify_san")
            run.expect("certificates refused for their names", ">= 1", failures >= 1, seen: "\(failures)")
            return "0 of 20 requests reached a pod at the Service's address with a certificate of another identity"
        }
    }

    /// Calls of a sidecar of the original to pods of this mesh.
    private func inbound(_ run: ProofRun) throws -> String {
        let server = try run.rig.pod("web-1").specification
        for (account, expected) in [("client-1", "200"), ("stranger", "403")] {
            let own = try certificate(account, in: "clients", as: "caller-\(account)", run)
            var call = Call("GET", "http://web-1.shop:\(ProofPods.webPort)/ok")
            call.options =
                own.options + ["--connect", "\(server.address):\(ProofPods.webPort)"]
                + ["--sni", "web-1.shop.svc.cluster.local", "--alpn", "osm"]
            let answer = try call.make(in: run.rig.outsider(), app: run.rig.programs.app).first
            run.expect("a sidecar of the original as \(account), HTTP", expected, seen: answer?.text ?? "nothing")
        }
        let database = try run.rig.pod("db-0").specification.address
        let own = try certificate("client-1", in: "clients", as: "caller-tcp", run)
        var call = TCPCall("\(database):\(ProofPods.databasePort)", isGreeted: true, line: "hello")
        call.options = own.options + ["--sni", "db.shop.svc.cluster.local", "--alpn", "osm"]
        let outcome = try call.make(in: run.rig.outsider(), app: run.rig.programs.app)
        run.expect("a sidecar of the original as client-1, TCP", "db-0", seen: outcome.app ?? outcome.text)
        return "calls of a sidecar of the original answered by HTTP and TCP, those of a stranger refused"
    }

    /// Somebody with certificates of the mesh listens where the control plane was.
    private func controlPlane(_ run: ProofRun) throws -> String {
        let root = "\(run.rig.directory)/state/mesh-root.pem"
        run.rig.controller.crash()
        var attempts = 0
        for (who, name) in [
            ("a workload", "web.shop.cluster.local"),
            ("the control plane's name under the mesh's root", "osm-controller.osm-system.svc"),
        ] {
            let shown = try HandMadeCertificate([name], root: root, in: "\(run.rig.directory)/peers/posing-\(name)")
            let before = try tries(run)
            let server = try RunningProgram(
                name: "posing-\(name)", logs: run.rig.programs.logs,
                command: run.rig.node.command([
                    "openssl", "s_server", "-accept", run.rig.controller.address, "-cert", shown.chain, "-key",
                    shown.key, "-alpn", "h2", "-quiet",
                ]))
            defer { _ = RunningProgram.stop([server]) }
            let after = try Waiting.until("all proxies to try \(who)", within: .seconds(60)) {
                try server.checkRunning()
                let now = try tries(run)
                return now.allSatisfy { $0.value > before[$0.key] ?? 0 } ? now : nil
            }
            attempts += after.values.reduce(0, +) - before.values.reduce(0, +)
            let received = (try? Data(contentsOf: URL(filePath: server.outputPath)).count) ?? -1
            run.expect("bytes that proxies sent to \(who)", "0", seen: "\(received)")
        }
        let echo = TCPCall("\(ProofPods.echoAddress):\(ProofPods.echoPort)", line: "hello")
        let outcome = try run.rig.pod("client-1").call(echo)
        run.expect("a call through the mesh meanwhile", "echo", seen: outcome.app ?? outcome.text)
        try run.rig.controller.start()
        return
            "\(attempts) connections to two servers in the control plane's place ended in the handshake, 0 bytes sent"
    }

    /// How often each proxy has refused the control plane's certificate.
    private func tries(_ run: ProofRun) throws -> [String: Int] {
        var result: [String: Int] = [:]
        for pod in run.rig.pods where pod.specification.isMeshed {
            result[pod.name] = try pod.sumOfCounters(
                matching: "cluster.osm-controller.ssl.(fail_verify_error|fail_verify_san)")
        }
        return result
    }
}
