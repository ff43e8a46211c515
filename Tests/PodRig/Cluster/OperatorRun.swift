import Foundation

/// The mesh that the proofs of the operator share, and what came of them.
final class OperatorRun: MeshRun {
    let rig: ClusterRig
    var mesh: any PodMesh { rig }
    let isSoak: Bool
    let watch: ObjectWatch
    /// What the objects in the cluster say now.
    private(set) var policies = ProofPolicies()
    // An API server and its controllers run beside everything.
    let rate = 50
    var objections = 0
    var probers: [String: OpenProber] = [:]
    private var applied: [ClusterObject: String] = [:]
    /// What a proof has beside the policies.
    private var added: Set<ClusterObject> = []

    init(_ rig: ClusterRig, isSoak: Bool) {
        self.rig = rig
        self.isSoak = isSoak
        watch = ObjectWatch(rig.cluster, logs: rig.programs.logs)
    }

    var kubectl: Kubectl { rig.cluster.kubectl }

    /// Starts the cluster, the mesh, one controller and the pods.
    func start(_ installation: [Installation]) throws {
        note("cluster")
        try rig.startCluster(installation)
        note("Kubernetes \(rig.cluster.version.trimmingCharacters(in: .newlines)); objects and pods")
        try kubectl.apply(ProofPods.files.map(\.text).joined(separator: "---\n"))
        try apply(ProofPolicies())
        try kubectl.apply(OtherKinds.manifests)
        try watch.start()
        try rig.create(ProofPods.all)
        note("controller")
        let first = rig.replicas[0]
        try first.start()
        try first.awaitReady()
        note("sidecars")
        try rig.run { _ in first }
    }

    /// Runs a proof, after everything is as all proofs begin.
    func prove(_ proof: any OperatorProof) throws {
        // Connections that were lost with a proxy are nothing to the next proof.
        stopProbers()
        try report(proof.name, proof.promise) {
            try apply(ProofPolicies())
            try awaitAllReady()
            return try proof.run(self)
        }
        for object in added { try kubectl.check(["delete", object.reference, "--namespace", object.namespace]) }
        added = []
    }

    /// Applies manifests of objects that are none of the policies; they are removed at the end of the proof.
    func add(_ manifests: String) throws {
        let objects = manifests.components(separatedBy: "---\n").compactMap { ClusterObject(manifest: $0) }
        added.formUnion(objects)
        try kubectl.apply(manifests)
    }

    func stop() {
        stopProbers()
        watch.stop()
    }

    /// Makes the objects in the cluster say something else; what stays the same is not touched.
    ///
    /// - Returns: what was changed, as the API server then had it.
    @discardableResult
    func apply(_ new: ProofPolicies) throws -> [ClusterObject.Stored] {
        let changed = takeUp(new)
        return changed.isEmpty ? [] : try kubectl.apply(changed)
    }

    /// Makes an edit of one object, and returns that object with the generation that it has now.
    @discardableResult
    func make(_ flip: Flip) throws -> Edited {
        var policies = policies
        flip.change(&policies)
        let stored = try apply(policies)
        guard stored.count == 1 else { throw RigError(.program, "\(flip) edits \(stored.count) objects, not one") }
        return Edited(object: flip.object, generation: stored[0].generation)
    }

    /// Makes an edit of one object, and calls a function in the very moment in which the watch tells that the object has
    /// a condition, perhaps before kubectl has ended.
    ///
    /// - Returns: how long it took from the start of kubectl on.
    func make(_ flip: Flip, until condition: String, _ then: () throws -> Void) throws -> Duration {
        let object = flip.object
        guard let before = try watch.last(object)?.generation else {
            throw RigError(.program, "the watch does not know \(object.kind) \(object.place)")
        }
        var policies = policies
        flip.change(&policies)
        let file = "\(rig.directory)/edit.yaml"
        try Data(takeUp(policies).utf8).write(to: URL(filePath: file))
        let start = ContinuousClock.now
        let kubectl = try RunningProgram(
            name: "kubectl", logs: rig.programs.logs, environment: Kubectl.environment,
            command: kubectl.command(["apply", "--filename", file]))
        try Waiting.until(
            "\(object.kind) \(object.place) to be \(condition) in a generation after \(before)",
            pause: .milliseconds(1), explanation: { (try? self.watch.last(object)?.text) ?? "it is not there" }
        ) { () -> Void? in
            guard let stored = try watch.last(object), stored.generation > before else { return nil }
            return stored.isTrue(condition) ? () : nil
        }
        let duration = start.duration(to: .now)
        try then()
        let status = try Waiting.until("kubectl to end") { kubectl.exitStatus }
        guard status == 0 else { throw RigError(.program, "kubectl ended with \(status): \(kubectl.lastErrors())") }
        return duration
    }

    /// Notes what the objects are to say, and returns the manifests of those that do not say so yet.
    private func takeUp(_ new: ProofPolicies) -> String {
        policies = new
        let before = applied
        for document in new.files.flatMap({ $0.text.components(separatedBy: "---\n") }) {
            guard let object = ClusterObject(manifest: document) else { continue }
            applied[object] = object.kind == "Service" ? Self.withoutAddresses(document) : document
        }
        return applied.filter { before[$0.key] != $0.value }.values.sorted().joined(separator: "---\n")
    }

    /// Returns when all objects are in effect.
    func awaitAllReady() throws {
        let kinds = ClusterObject.resources.values.map { "\($0.plural).\($0.group)" }.sorted().joined(separator: ",")
        let words = ["wait", kinds, "--all", "--all-namespaces", "--for", "condition=Ready", "--timeout", "60s"]
        let outcome = try kubectl.run(words)
        guard outcome.status == 0 else { throw RigError(.timeout, "not everything is ready: \(outcome.errors)") }
    }

    /// Returns when an object has a condition, by kubectl.
    ///
    /// - Throws: `RigError` with the code `timeout`, with the object's conditions.
    func await(_ condition: String, of object: ClusterObject, within limit: Duration = .seconds(30)) throws {
        guard let complaint = try kubectl.wait(for: condition, of: object, within: limit) else { return }
        throw RigError(
            .timeout,
            "\(object.kind) \(object.place) is not \(condition): \(complaint)\n\(try kubectl.get(object).text)")
    }

    /// The address is for the API server to give.
    private static func withoutAddresses(_ service: String) -> String {
        service.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            !(line.hasPrefix("  clusterIP: ") && line != "  clusterIP: None") && !line.hasPrefix("  clusterIPs: ")
        }.joined(separator: "\n")
    }
}

/// An object, in the generation that an edit gave it.
struct Edited {
    let object: ClusterObject
    let generation: Int
}

extension Flip {
    /// The object that it edits.
    var object: ClusterObject {
        let parts = place.split(separator: "/").map(String.init)
        return ClusterObject(kind: kind, namespace: parts[0], name: parts[1])
    }
}
