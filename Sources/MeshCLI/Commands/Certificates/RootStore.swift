internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel
internal import Yams

/// The MeshRootCertificates of a control plane.
struct RootStore {
    let cluster: ClusterConnection
    /// How long a step may take.
    let limit: Duration

    private static let kind = "MeshRootCertificate"

    /// All of them.
    func all() async throws -> [MeshRootCertificate] {
        try await cluster.client.list(
            .meshRootCertificate, namespace: cluster.osmNamespace, as: MeshRootCertificate.self)
    }

    /// The one that is active; `nil` without any.
    ///
    /// - Throws: ``CommandFailure`` if a rotation is under way.
    static func current(of roots: [MeshRootCertificate]) throws -> MeshRootCertificate? {
        let active = roots.filter { $0.effectiveRole == .active }.map(\.metadata.name).sorted()
        guard active.count < 2 else {
            throw CommandFailure(
                "can only rotate when there is only one active MRC. Found: \(active.joined(separator: ", "))",
                advice: "delete those that are no longer to be in force, or wait until the rotation is over")
        }
        if let passive = roots.first(where: { $0.effectiveRole == .passive }) {
            throw CommandFailure(
                "it appears a rotation is in progress. Found MRC \(passive.metadata.name) in state passive",
                advice: "finish it by its `spec.role`, or make it inactive")
        }
        return roots.first { $0.effectiveRole == .active }
    }

    /// An object that is there and inactive.
    func inactive(named name: String) async throws -> MeshRootCertificate {
        guard
            let root = try await cluster.client.get(
                .meshRootCertificate, ObjectName(namespace: cluster.osmNamespace, name: name),
                as: MeshRootCertificate.self)
        else {
            throw CommandFailure(
                "unable to find MeshRootCertificate [\(name)] in namespace [\(cluster.osmNamespace)]",
                advice: "see `kubectl get mrc -n \(cluster.osmNamespace)`")
        }
        guard root.effectiveRole == .inactive else { throw CommandFailure("MRC provided must be in Inactive role") }
        return root
    }

    /// Makes the object of a file.
    func create(fromFile path: String) async throws -> MeshRootCertificate {
        let root: MeshRootCertificate
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            guard try YAMLDecoder().decode(KindOnly.self, from: text).kind == Self.kind
            else { throw CommandFailure("file provided is not recognized as MeshRootCertificate") }
            root = try YAMLDecoder().decode(MeshRootCertificate.self, from: text)
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure("reading the MeshRootCertificate of \(path)", because: "\(error)")
        }
        guard root.effectiveRole == .inactive else {
            throw CommandFailure("file provided must be a MeshRootCertificate in the Inactive role")
        }
        if let problem = root.validated(in: cluster.osmNamespace) {
            throw CommandFailure("reading the MeshRootCertificate of \(path)", because: problem)
        }
        return try await create(root)
    }

    /// Makes an inactive object whose root the controller makes.
    func create(trustDomain: String) async throws -> MeshRootCertificate {
        let digits = "0123456789abcdef"
        let suffix = String((0..<16).compactMap { _ in digits.randomElement() })
        var secret = MeshConfig.SecretReference()
        secret.name = "osm-ca-bundle-\(suffix)"
        secret.namespace = cluster.osmNamespace
        return try await create(
            MeshRootCertificate(
                metadata: ObjectMetadata(
                    name: "osm-mesh-root-certificate-\(suffix)", namespace: cluster.osmNamespace),
                trustDomain: trustDomain, role: MeshRootCertificate.Role.inactive.rawValue,
                provider: .init(tresor: .init(secret: secret))))
    }

    private func create(_ root: MeshRootCertificate) async throws -> MeshRootCertificate {
        var root = root
        root.metadata.namespace = cluster.osmNamespace
        guard try await cluster.client.create(.meshRootCertificate, root.name, body: RootManifest(root)) else {
            throw CommandFailure(
                "cannot use MeshRootCertificate [\(root.metadata.name)] as it already exists in cluster")
        }
        return root
    }

    /// Gives an object another role.
    func move(_ root: MeshRootCertificate, to role: MeshRootCertificate.Role) async throws {
        // An earlier name of the field may not contradict it.
        let patch = RolePatch(spec: ["role": role.rawValue, "intent": .none])
        guard try await cluster.client.mergePatch(.meshRootCertificate, root.name, body: patch) else {
            throw CommandFailure("MeshRootCertificate [\(root.metadata.name)] was deleted meanwhile")
        }
    }

    /// Waits until what an object asks for is in effect.
    ///
    /// - Returns: What the controller says of it.
    /// - Throws: ``CommandFailure`` if it is not in time.
    func settled(_ root: MeshRootCertificate) async throws -> String {
        let end = ContinuousClock.now + limit
        var last = "the controller has not seen it"
        while true {
            if let status = try await cluster.client.get(.meshRootCertificate, root.name, as: RootConditions.self) {
                if let ready = status.ready {
                    last = ready.message ?? ready.reason ?? ""
                    if ready.status == "True" { return last }
                }
            }
            guard ContinuousClock.now < end else {
                throw CommandFailure(
                    "MeshRootCertificate [\(root.metadata.name)] is not in effect after \(limit)", because: last,
                    advice: "the step goes on by itself: see `kubectl get mrc -n \(cluster.osmNamespace) -o wide`, and "
                        + "give more time with --wait")
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Deletes an object, and the Secret of its root unless another names it.
    func delete(_ old: MeshRootCertificate, keepingSecretOf new: MeshRootCertificate) async throws {
        try await cluster.client.delete(.meshRootCertificate, old.name)
        guard let secret = old.provider.tresor?.secret.name, secret != new.provider.tresor?.secret.name else { return }
        try await cluster.client.delete(.secret, ObjectName(namespace: cluster.osmNamespace, name: secret))
    }
}

private struct KindOnly: Decodable { let kind: String? }

private struct RolePatch: Encodable { let spec: [String: String?] }

/// The conditions of an object, as far as they are about its present generation.
private struct RootConditions: Decodable {
    struct Metadata: Decodable { let generation: Int64? }
    struct Status: Decodable { let conditions: [Condition]? }
    struct Condition: Decodable {
        let type: String
        let status: String
        let reason: String?
        let message: String?
        let observedGeneration: Int64?
    }

    let metadata: Metadata
    let status: Status?

    var ready: Condition? {
        status?.conditions?.first { $0.type == "Ready" && $0.observedGeneration ?? -1 >= metadata.generation ?? 0 }
    }
}

extension MeshRootCertificate {
    /// What is wrong with the object, in a namespace; `nil` if nothing is.
    fileprivate func validated(in namespace: String) -> String? {
        var root = self
        root.metadata.namespace = namespace
        let problems = root.validate()
        return problems.isEmpty ? nil : problems.map(\.description).joined(separator: "; ")
    }
}
