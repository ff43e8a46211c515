internal import FoundationEssentials
internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// Brings an installation into a cluster.
struct InstallationWriter: Sendable {
    /// The manager of our fields in server-side apply.
    static let fieldManager = "osm"

    let cluster: ClusterConnection
    let installation: Installation
    /// What was given now: of a MeshConfig that there is, only this changes.
    let given: InstallationValues
    /// Whether fields are taken from who else manages them.
    let isForced: Bool
    /// What there was before; `nil` for nothing.
    let former: InstallationRecord?

    private var client: KubernetesClient { cluster.client }

    /// Writes the objects, removes those that are none of it any more, and records all.
    ///
    /// - Parameters:
    ///   - deadline: When it is too late.
    ///   - written: Told of each object; where the task is cancelled, of all that was written.
    /// - Throws: `KubernetesError`, ``CommandFailure``, `InstallationError`; `CancellationError`.
    func write(before deadline: ContinuousClock.Instant, noting written: WrittenObjects) async throws {
        let kinds = try installation.kinds()
        let objects = try installation.objects()
        try await checkKinds(of: objects)
        let home = objects.filter { $0.kind == "Namespace" }
        try await InstallationGround(cluster: cluster).waitUntilNothingEnds(of: kinds + home, before: deadline)
        for object in kinds { try await write(object, noting: written) }
        for object in kinds {
            try await InstallationGround(cluster: cluster).waitUntilEstablished(object, before: deadline)
        }
        for object in objects {
            try await write(object, noting: written)
            guard object.kind == "Namespace" else { continue }
            try await keep(
                InstallationRecord(beginning: installation, objects: kinds + objects, after: former), noting: written)
        }
        for reference in former?.superfluous(beside: objects) ?? [] {
            cluster.console.debug("removing \(reference)")
            try await client.delete(APIResource(reference), reference.name)
        }
        try await keep(InstallationRecord(installation, objects: kinds + objects), noting: written)
    }

    /// Two kinds are not served by every release that a mesh runs on.
    private func checkKinds(of objects: [InstallationObject]) async throws {
        let needs = [
            "PodDisruptionBudget": ("osm.osmController.enablePodDisruptionBudget", "1.21"),
            "HorizontalPodAutoscaler": ("osm.osmController.autoScale.enable", "1.23"),
        ]
        for object in objects {
            guard let (value, release) = needs[object.kind] else { continue }
            if try await client.serves(APIResource(object.reference)) { continue }
            throw CommandFailure(
                "installing \(object.reference)", because: "this cluster has no \(object.reference.apiVersion)",
                advice: "leave \(value) out, or use Kubernetes \(release) or later")
        }
    }

    /// Writes an object to the end.
    ///
    /// The server may have heard a request whose answer nobody waits for: it would make an object that is not noted.
    private func write(_ object: InstallationObject, noting written: WrittenObjects) async throws {
        try Task.checkCancellation()
        let writing = Task { try await bring(object, noting: written) }
        try await writing.value
    }

    private func bring(_ object: InstallationObject, noting written: WrittenObjects) async throws {
        let reference = object.reference
        let resource = APIResource(reference)
        if object.isPreset { return try await bringPreset(object, resource, noting: written) }
        let stored = try await client.get(resource, reference.name, as: JSONContent.self)
        let content = stored.map { object.content(beside: $0) } ?? object.content
        do {
            // The kinds are the mesh's own, whoever made them before.
            try await client.apply(
                resource, reference.name, body: content,
                fieldManager: Self.fieldManager, force: isForced || reference.kind == "CustomResourceDefinition")
        } catch let error as KubernetesError where error.code == .conflict {
            let fields = FieldConflict.all(between: content, and: stored ?? .null, besides: Self.fieldManager)
            throw CommandFailure(conflict: error, over: reference, fields)
        }
        cluster.console.debug("\(reference) \(stored == nil ? "created" : "applied")")
        if stored == nil { written.add(made: reference) } else { written.add(changed: reference) }
    }

    /// Makes what is only made where it is missing.
    private func bringPreset(
        _ object: InstallationObject, _ resource: APIResource, noting written: WrittenObjects
    ) async throws {
        let reference = object.reference
        if reference.kind == "MeshRootCertificate" {
            let others = try await client.list(resource, namespace: reference.name.namespace, as: Named.self)
            guard others.isEmpty else {
                if !others.contains(where: { $0.metadata.name == reference.name.name }) || isCertificateGiven {
                    cluster.console.error(
                        "who issues certificates stays as the MeshRootCertificates say; change it with "
                            + "osm alpha certificate rotate")
                }
                return
            }
        }
        if try await client.create(resource, reference.name, body: object.content) {
            cluster.console.debug("\(reference) created")
            return written.add(made: reference)
        }
        guard reference.kind == "MeshConfig", let change = try Installation.meshConfigChange(given) else { return }
        try await client.mergePatch(resource, reference.name, body: change)
        cluster.console.debug("\(reference) changed")
    }

    private var isCertificateGiven: Bool {
        given.given.keys.contains {
            $0 == "osm.certificateProvider.kind" || $0.hasPrefix("osm.vault.") || $0.hasPrefix("osm.certmanager.")
        }
    }

    private struct Named: Decodable {
        struct Metadata: Decodable { let name: String }
        let metadata: Metadata
    }

    private func keep(_ record: InstallationRecord, noting written: WrittenObjects) async throws {
        try Task.checkCancellation()
        let keeping = Task { try await store(record, noting: written) }
        try await keeping.value
    }

    private func store(_ record: InstallationRecord, noting written: WrittenObjects) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let values = String(decoding: try encoder.encode(record.values), as: UTF8.self)
        let name = ObjectName(namespace: installation.namespace, name: InstallationRecord.name)
        let isNew = try await client.get(.configMap, name, as: JSONContent.self) == nil
        try await client.apply(
            .configMap, name, body: record.configMap(namespace: installation.namespace, valuesJSON: values),
            fieldManager: Self.fieldManager, force: true)
        if isNew { written.add(made: InstallationObject.Reference(apiVersion: "v1", kind: "ConfigMap", name: name)) }
    }
}

extension CommandFailure {
    /// Somebody else has set fields of an object otherwise.
    ///
    /// - Parameters:
    ///   - conflict: What the API server says.
    ///   - reference: The object.
    ///   - fields: The fields, as far as they are known.
    fileprivate init(
        conflict: KubernetesError, over reference: InstallationObject.Reference, _ fields: [FieldConflict]
    ) {
        let lines = ["others have set these fields otherwise:"] + fields.map(\.description)
        self.init(
            "applying \(reference)", because: fields.isEmpty ? conflict.message : lines.joined(separator: "\n  "),
            advice: "take them with --force-conflicts, or install the values that they have with --set")
    }
}

extension InstallationRecord {
    private struct Map: Decodable { let data: [String: String]? }

    /// What the cluster keeps of the installation in a namespace; `nil` for nothing.
    ///
    /// - Throws: `KubernetesError`.
    static func read(_ client: KubernetesClient, namespace: String) async throws -> InstallationRecord? {
        let name = ObjectName(namespace: namespace, name: Self.name)
        guard let data = try await client.get(.configMap, name, as: Map.self)?.data else { return nil }
        return InstallationRecord(data: data) {
            try JSONDecoder().decode(InstallationValues.self, from: Data($0.utf8))
        }
    }
}
