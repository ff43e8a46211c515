import Foundation
import ManifestSource
import MeshModel
import Oracle

/// The manifests of the semantics check, and what they say when they are read.
///
/// The oracle gets what was read, so that it and the controller speak of the same objects.
struct SemanticsMesh {
    /// The objects of the manifests, with those that are malformed.
    private(set) var objects = MeshObjects()
    private var set = ManifestSet()
    private let directory: String

    /// Writes what must be there before anything runs.
    init(_ start: MeshObjects, in directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let accounts = SemanticsPods.identities.map { identity in
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: \(identity.serviceAccount)
              namespace: \(identity.namespace)
              uid: account-\(identity.namespace)-\(identity.serviceAccount)

            """
        }
        try Data(accounts.joined(separator: "---\n").utf8).write(to: URL(filePath: "\(directory)/accounts.yaml"))
        var namespaces = MeshObjects()
        // Mistakes come with the first round.
        namespaces.namespaces = start.namespaces.mapValues { namespace in
            var plain = namespace
            plain.metadata.annotations = [:]
            return plain
        }
        try Data(ObjectManifest.text(of: namespaces).utf8).write(to: URL(filePath: "\(directory)/mesh.yaml"))
    }

    /// Takes up what a rig has made of the files so far.
    mutating func read(_ manifests: EditedManifests) throws {
        let files = try ["mesh.yaml", "pods.yaml"].map { ManifestFile(name: $0, text: try manifests.text(of: $0)) }
        take(set.read(files))
    }

    /// The manifests that say everything, by the names of their files.
    func manifests(of manifests: EditedManifests) throws -> [String: String] {
        try ["mesh.yaml", "pods.yaml"].reduce(into: [:]) { $0[$1] = try manifests.text(of: $1) }
    }

    /// Replaces all objects, and tells how many are different by that.
    mutating func write(_ new: MeshObjects, to manifests: EditedManifests) throws -> Int {
        var policies = new
        policies.pods = [:]
        var pods = MeshObjects()
        pods.pods = new.pods
        let files = [
            ManifestFile(name: "mesh.yaml", text: try ObjectManifest.text(of: policies)),
            ManifestFile(name: "pods.yaml", text: try ObjectManifest.text(of: pods)),
        ]
        let changes = set.read(files)
        take(changes)
        try manifests.write(ObjectManifest.text(of: policies), to: "mesh.yaml")
        try manifests.write(ObjectManifest.text(of: pods), to: "pods.yaml")
        return changes.count
    }

    private mutating func take(_ changes: ManifestChanges) {
        Self.take(changes.namespaces, &objects.namespaces)
        Self.take(changes.pods, &objects.pods)
        Self.take(changes.services, &objects.services)
        Self.take(changes.endpointSlices, &objects.slices)
        Self.take(changes.meshConfigs, &objects.configs)
        Self.take(changes.trafficTargets, &objects.targets)
        Self.take(changes.httpRouteGroups, &objects.groups)
        Self.take(changes.tcpRoutes, &objects.tcpRoutes)
        Self.take(changes.trafficSplits, &objects.splits)
        Self.take(changes.egresses, &objects.egresses)
        Self.take(changes.ingressBackends, &objects.ingressBackends)
        Self.take(changes.retries, &objects.retries)
    }

    private static func take<Object: MeshObject>(
        _ changes: [ObjectChange<Object>], _ objects: inout [ObjectName: Object]
    ) {
        for change in changes {
            switch change {
            case .set(let object): objects[object.name] = object
            case .remove(let name): objects[name] = nil
            case .unreadable(let metadata, _): objects[metadata.objectName] = nil
            }
        }
    }
}
