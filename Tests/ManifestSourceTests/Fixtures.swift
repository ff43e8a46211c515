import Foundation
import ManifestSource
import MeshModel

/// Manifests that tests vary.
enum Fixture {
    /// A TrafficSplit of eleven lines and the weights given.
    static func split(_ name: String = "split", weights: (String, String) = ("90", "10")) -> String {
        """
        apiVersion: split.smi-spec.io/v1alpha2
        kind: TrafficSplit
        metadata:
          name: \(name)
          namespace: shop
        spec:
          service: store
          backends:
          - {service: store-v1, weight: \(weights.0)}
          - {service: store-v2, weight: \(weights.1)}

        """
    }

    /// A ServiceAccount of five lines.
    static func account(_ name: String, namespace: String = "shop", extra: String = "") -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: \(name)
          namespace: \(namespace)
        \(extra)
        """
    }

    static func key(_ kind: ObjectKind, _ name: String, namespace: String = "shop") -> ObjectKey {
        ObjectKey(kind: kind, name: ObjectName(namespace: namespace, name: name))
    }

    /// The top of the checkout.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The sample files and the scenarios' base, by name.
    static func samples() throws -> [(name: String, bytes: [UInt8])] {
        let folder = root.appendingPathComponent("config/samples/bookstore")
        var urls = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
        urls.append(root.appendingPathComponent("Tests/Scenarios/base.yaml"))
        return try urls.map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
    }
}

extension ManifestFile {
    /// The problems as they are printed.
    var lines: [String] { problems.map(\.description) }
    /// The keys of the objects, as they are printed.
    var keys: [String] { entries.map(\.object.key.description) }
}
