import Foundation
import MeshModel

/// What pods have called is common to all controllers, and outlives them.
struct CallsProof: OperatorProof {
    let name = "calls"
    let promise =
        "what a pod calls through one controller the other knows, for all pods of the identity, old and new; a restart of both "
        + "asks nothing; what somebody does to the ConfigMaps hurts nobody"

    func run(_ run: OperatorRun) throws -> String {
        let calls = try CallsRun(run)
        try calls.begin()
        let across = try calls.firstCall()
        try calls.atOnce()
        let restart = try calls.restart()
        try calls.newPod()
        let edits = try calls.foreignEdits()
        let traffic = try run.finishTraffic()
        let content = try calls.objects().map(\.text).joined(separator: "; ")
        try calls.end()
        return "\(across); \(restart); \(edits); kept is \(content); \(traffic)"
    }
}

/// The mesh of that proof: everybody sees everybody, and proxies have what was called.
///
/// Pods of the database call: no TrafficTarget names them as sources.
private struct CallsRun {
    let run: OperatorRun
    let web: String
    let otherWeb: String
    let echo: String
    let otherEcho: String

    private static let label = "openservicemesh.io/calls-of=osm"
    /// A pod of the database's identity that comes late, and is behind no Service.
    private static let late = PodSpecification(
        name: ObjectName(namespace: "shop", name: "late"), serviceAccount: "db", labels: ["app": "late"],
        address: "10.77.5.51", ports: [], uid: UUID().uuidString.lowercased(), application: nil)

    struct Kept: Decodable {
        struct Metadata: Decodable {
            let name: String
            let resourceVersion: String
        }
        let metadata: Metadata
        let data: [String: String]?

        var text: String {
            let entries = (data ?? [:]).sorted { $0.key < $1.key }.map { key, value in
                "\(key): \(value.split(separator: "\n").joined(separator: " "))"
            }
            return "\(metadata.name) {\(entries.joined(separator: ", "))}"
        }
    }

    init(_ run: OperatorRun) throws {
        self.run = run
        let (web, echo) = (try run.rig.address(of: ProofPods.web), try run.rig.address(of: ProofPods.echo))
        self.web = "\(web):\(ProofPods.webPort)"
        otherWeb = "\(web):\(ProofPods.otherWebPort)"
        self.echo = "\(echo):\(ProofPods.echoPort)"
        otherEcho = "\(echo):\(ProofPods.otherEchoPort)"
    }

    private var rig: ClusterRig { run.rig }

    /// Half of the pods at each of two controllers that show a proxy what was called, which is nothing yet.
    func begin() throws {
        for (index, pod) in rig.pods.enumerated() { try rig.service.lead(pod, to: rig.replicas[index % 2]) }
        try restartControllers(["--lazy-above", "0"])
        var policies = run.policies
        policies.isPermissive = true
        try run.apply(policies)
        try run.awaitAllReady()
        for name in ["db-0", "db-1"] {
            run.expect("virtual listeners of \(name)", "none", seen: try listeners(name).text)
        }
        let places = try rig.replicas.map { Set(try $0.status().proxies.filter(\.connected).map(\.pod)) }
        run.expect(
            "db-0 and db-1", "at a controller each",
            places[0].contains("shop/db-0") && places[1].contains("shop/db-1"), seen: "\(places)")
    }

    /// Sees to it that other proofs find the controllers as they were.
    func end() throws {
        for pod in rig.pods { try rig.service.lead(pod, to: rig.replicas[0]) }
        try restartControllers([])
    }

    /// A pod at one controller calls; a pod of its identity at the other one has it without a question.
    func firstCall() throws -> String {
        let from = questions()
        run.expect("first call of db-0", "200", seen: try get(web, from: "db-0"))
        let start = ContinuousClock.now
        try awaitListeners([web], at: "db-1")
        let shared = Int(start.duration(to: .now) / .milliseconds(1))
        run.expect("call of db-1", "200", seen: try get(web, from: "db-1"))
        run.expect("virtual listeners of web-1, of another identity", "none", seen: try listeners("web-1").text)
        run.expect("questions at the two controllers", "[1, 0]", seen: "\(difference(from))")
        // Open from here to the end, first connection to its address that it is.
        let connection = try TCPTraffic(
            from: rig.pod("db-0"), address: echo, to: "echo", isGreeted: false, connections: 2, rate: 20)
        try connection.awaitOpen()
        rig.connections.append(connection)
        try awaitListeners([web, echo], at: "db-1")
        let status = try run.kubectl.get(
            ClusterObject(kind: "MeshConfig", namespace: "osm-system", name: "osm-mesh-config"))
        return
            "the other controller had it \(shared) ms after the answer; MeshConfig \(status["Programmed"]?.message ?? "?")"
    }

    /// Pods of one identity call different services through different controllers at the same moment: both are kept.
    func atOnce() throws {
        let from = questions()
        rig.loads.append(
            try Traffic(from: rig.pod("db-1"), method: "GET", url: "http://\(otherWeb)/ok", to: "web", rate: 20))
        let outcome = try rig.pod("db-0").call(TCPCall(otherEcho, isGreeted: false, line: "hello"))
        run.expect("call of db-0 by TCP", "answered", seen: outcome.text)
        for name in ["db-0", "db-1"] { try awaitListeners([web, otherWeb, echo, otherEcho], at: name) }
        run.expect("questions at the two controllers", "[1, 1]", seen: "\(difference(from))")
        try awaitKept(["shop/echo:9000", "shop/echo:9001", "shop/web:14001", "shop/web:14005"])
    }

    /// Both controllers die; then nobody is asked, nothing is sent, and nothing is written.
    func restart() throws -> String {
        try awaitRest()
        let before = try (
            questions(), rig.pods.map { try ConfigDump(of: $0) }, objects().map(\.metadata.resourceVersion)
        )
        for replica in rig.replicas { replica.crash() }
        for name in ["db-0", "db-1"] {
            run.expect("call of \(name) without a controller", "200", seen: try get(web, from: name))
        }
        for replica in rig.replicas { try replica.start() }
        try awaitEverybody()
        // What is taken away goes after five seconds.
        Thread.sleep(forTimeInterval: 7)
        run.expect("questions after the restart", "[0, 0]", seen: "\(difference(before.0))")
        var sent: [String] = []
        for (pod, former) in zip(rig.pods, before.1) {
            sent += try ConfigDump(of: pod).changes(since: former).map { "\($0) to \(pod.name)" }
        }
        run.expect("what is sent after the restart", "", seen: sent.joined(separator: ", "))
        run.expect(
            "versions of the ConfigMaps", "\(before.2)", seen: "\(try objects().map(\.metadata.resourceVersion))")
        return "\(difference(before.0)) questions and \(sent.count) resources sent after kill -9 of both controllers"
    }

    /// Waits until nothing was written for a while.
    private func awaitRest() throws {
        var last: [String?] = []
        for _ in 0..<20 {
            let versions = try objects().map { Optional($0.metadata.resourceVersion) }
            if versions == last { return }
            last = versions
            Thread.sleep(forTimeInterval: 3)
        }
        throw RigError(.program, "the ConfigMaps do not come to rest: \(last)")
    }

    /// A pod that comes after the restart, at the controller that was never asked, has what its identity called.
    func newPod() throws {
        let from = questions()
        try rig.create([Self.late])
        try rig.run { _ in rig.replicas[1] }
        run.expect("virtual listeners of the new pod", try listeners("db-1").text, seen: try listeners("late").text)
        run.expect("its first call", "200", seen: try get(web, from: "late"))
        run.expect("questions at the two controllers", "[0, 0]", seen: "\(difference(from))")
    }

    /// What people do to the objects is set right, and no proxy notices.
    func foreignEdits() throws -> String {
        let from = questions()
        let before = try rig.pods.map { try ConfigDump(of: $0) }
        let kept = try objects()
        guard let object = kept.first(where: { $0.data?["db.shop"] != nil }), let entry = object.data?["db.shop"] else {
            throw RigError(.program, "no ConfigMap has what db has called: \(kept.map(\.text))")
        }
        var times: [String] = []
        let edits: [(what: String, words: [String])] = [
            ("an entry of nonsense", ["patch", "--type", "merge", "--patch", #"{"data":{"db.shop":"nonsense"}}"#]),
            ("a line less", ["patch", "--type", "merge", "--patch", #"{"data":{"db.shop":"shop/web:14001\n"}}"#]),
            ("no entries", ["patch", "--type", "merge", "--patch", #"{"data":null}"#]),
            ("no labels", ["patch", "--type", "merge", "--patch", #"{"metadata":{"labels":null}}"#]),
            ("no object", ["delete"]),
            (
                "immutable and without a line",
                ["patch", "--type", "merge", "--patch", #"{"immutable":true,"data":{"db.shop":"shop/web:14001\n"}}"#]
            ),
        ]
        for (what, words) in edits {
            try run.kubectl.check(
                [words[0], "configmap", object.metadata.name, "--namespace", "osm-system"] + words.dropFirst())
            let start = ContinuousClock.now
            try awaitKept(entry.split(separator: "\n").map(String.init))
            times.append("\(what) \(Int(start.duration(to: .now) / .milliseconds(1))) ms")
        }
        var sent: [String] = []
        for (pod, former) in zip(rig.pods, before) {
            sent += try ConfigDump(of: pod).changes(since: former).map { "\($0) to \(pod.name)" }
        }
        run.expect("what proxies are sent for it", "", seen: sent.joined(separator: ", "))
        run.expect("questions at the two controllers", "[0, 0]", seen: "\(difference(from))")
        return "set right: \(times.joined(separator: ", "))"
    }

    /// The ConfigMaps in which calls are kept.
    func objects() throws -> [Kept] {
        struct List: Decodable { let items: [Kept] }
        let text = try run.kubectl.check(
            ["get", "configmaps", "--namespace", "osm-system", "--selector", Self.label, "--output", "json"])
        return try JSONDecoder().decode(List.self, from: Data(text.utf8)).items
    }

    private func restartControllers(_ options: [String]) throws {
        for replica in rig.replicas {
            replica.options = options
            if replica.isRunning { _ = try replica.stop() }
            try replica.start()
        }
        try awaitEverybody()
    }

    private func awaitEverybody() throws {
        for replica in rig.replicas { try replica.awaitReady() }
        try Waiting.until("all proxies to be connected", within: .seconds(90)) { () -> Void? in
            let connected = Set(try rig.replicas.flatMap { try $0.status().proxies.filter(\.connected).map(\.pod) })
            return connected.count == rig.pods.count ? () : nil
        }
        try run.awaitAllReady()
    }

    private func awaitListeners(_ addresses: [String], at name: String) throws {
        try Waiting.until(
            "\(name) to have \(addresses)", within: .seconds(20), explanation: { (try? listeners(name).text) ?? "" }
        ) { () -> Void? in Set(try listeners(name)).isSuperset(of: addresses) ? () : nil }
    }

    private func awaitKept(_ lines: [String]) throws {
        try Waiting.until(
            "\(lines) to be kept for db", within: .seconds(30), explanation: { (try? objects().map(\.text).text) ?? "" }
        ) { () -> Void? in
            let entry = try objects().compactMap { $0.data?["db.shop"] }.first ?? ""
            return entry.split(separator: "\n").map(String.init).sorted() == lines.sorted() ? () : nil
        }
    }

    private func listeners(_ name: String) throws -> [String] { try rig.pod(name).virtualListeners() }

    private func get(_ address: String, from pod: String) throws -> String {
        let answer = try rig.pod(pod).call(Call("GET", "http://\(address)/ok"))[0]
        return answer.status == "200" ? "200" : answer.text
    }

    /// How often proxies have asked, by the controllers' logs.
    private func questions() -> [Int] {
        rig.replicas.map { replica in
            let log = (try? String(contentsOfFile: replica.log, encoding: .utf8)) ?? ""
            return log.split(separator: "\n").count { $0.contains("addresses asked about") }
        }
    }

    private func difference(_ before: [Int]) -> [Int] { zip(questions(), before).map { $0 - $1 } }
}
