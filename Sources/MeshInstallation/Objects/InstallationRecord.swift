public import MeshModel

/// What the cluster keeps of an installation: the settings that were given, and the objects that were made.
///
/// An upgrade begins with these settings, and removes what is not among its own objects any more; an uninstallation
/// removes all. It is the ConfigMap `osm-installation` in the control plane's namespace.
public struct InstallationRecord: Equatable, Sendable {
    /// The name of the ConfigMap.
    public static let name = "osm-installation"

    /// The mesh's name.
    public let meshName: String
    /// The settings, without secrets.
    public let values: InstallationValues
    /// What was made, sorted.
    public let objects: [InstallationObject.Reference]

    /// The record of an installation.
    public init(_ installation: Installation, objects: [InstallationObject]) {
        meshName = installation.meshName
        values = installation.values.withoutSecrets
        self.objects = objects.map(\.reference).sorted()
    }

    /// The record while an installation is written: all that there was or will be, so that nothing is forgotten if it is
    /// interrupted, with the settings that held before.
    ///
    /// - Parameters:
    ///   - installation: What is written.
    ///   - objects: Its objects.
    ///   - former: What there was; `nil` for nothing.
    public init(
        beginning installation: Installation, objects: [InstallationObject], after former: InstallationRecord?
    ) {
        meshName = installation.meshName
        values = former?.values ?? installation.values.withoutSecrets
        self.objects = Set(objects.map(\.reference)).union(former?.objects ?? []).sorted()
    }

    /// What a ConfigMap's data says; `nil` if it is none of ours.
    public init?(data: [String: String], decode: (String) throws -> InstallationValues) {
        guard let meshName = data["meshName"], let text = data["values.json"], let values = try? decode(text) else {
            return nil
        }
        self.meshName = meshName
        self.values = values
        objects = (data["objects"] ?? "").split(separator: "\n").compactMap {
            InstallationObject.Reference(line: String($0))
        }.sorted()
    }

    /// The ConfigMap.
    ///
    /// - Parameters:
    ///   - namespace: The control plane's namespace.
    ///   - valuesJSON: ``values`` as JSON.
    public func configMap(namespace: String, valuesJSON: String) -> JSONContent {
        [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(Self.name), "namespace": .string(namespace),
                "labels": [
                    "app.kubernetes.io/name": "openservicemesh.io", "app.kubernetes.io/instance": .string(meshName),
                ],
            ],
            "data": [
                "meshName": .string(meshName), "values.json": .string(valuesJSON),
                "objects": .string(objects.map { "\($0.line)\n" }.joined()),
            ],
        ]
    }

    /// What was made and is no part of an installation any more, the last made first.
    ///
    /// Kinds, namespaces and what is only made where it is missing stay, and Secrets, which others may use.
    public func superfluous(beside objects: [InstallationObject]) -> [InstallationObject.Reference] {
        let wanted = Set(objects.map { [$0.reference.kind, $0.reference.name.namespace, $0.reference.name.name] })
        let kept: Set = ["CustomResourceDefinition", "Namespace", "MeshConfig", "MeshRootCertificate", "Secret"]
        return self.objects.reversed().filter { made in
            !kept.contains(made.kind) && !wanted.contains([made.kind, made.name.namespace, made.name.name])
        }
    }
}
