import Foundation

/// A directory of manifests that goes away with the test.
final class ManifestDirectory {
    let path: String

    /// Files by their names, with slashes for those in directories below.
    init(_ files: [String: String]) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-manifests-\(UUID().uuidString)")
        for (name, text) in files {
            let file = directory.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        path = directory.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A shop and who calls it, with a policy for the requests.
    static func shop(
        path: String = "/books", methods: String = "[GET]", more: [String: String] = [:]
    ) throws -> ManifestDirectory {
        let files = ["a.yaml": workloads, "b.yaml": policies(path: path, methods: methods)]
        return try ManifestDirectory(files.merging(more) { $1 })
    }

    static let workloads = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: store, namespace: shop}
        spec:
          selector: {matchLabels: {app: store}}
          template:
            metadata: {labels: {app: store}}
            spec: {serviceAccountName: store, containers: [{name: app, ports: [{containerPort: 8080}]}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: front, namespace: web}
        spec:
          selector: {matchLabels: {app: front}}
          template:
            metadata: {labels: {app: front}}
            spec: {serviceAccountName: front, containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: store, namespace: shop}
        spec:
          selector: {app: store}
          ports: [{name: http-web, port: 80, targetPort: 8080}]

        """

    static func policies(path: String, methods: String = "[GET]") -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: routes, namespace: shop}
        spec:
          matches:
          - {name: books, pathRegex: \(path), methods: \(methods)}
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: store, namespace: shop}
        spec:
          destination: {kind: ServiceAccount, name: store, namespace: shop}
          sources: [{kind: ServiceAccount, name: front, namespace: web}]
          rules: [{kind: HTTPRouteGroup, name: routes, matches: [books]}]

        """
    }
}
