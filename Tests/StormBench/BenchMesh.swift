import Foundation

/// Pods of one namespace, each of an identity of its own, as manifests; and their tokens, as the product gives them.
struct BenchMesh {
    let pods: Int
    let directory: String
    let controller: String
    let address: String

    var manifests: String { "\(directory)/manifests" }
    var state: String { "\(directory)/state" }

    static func name(_ number: Int) -> String { "pod-\(number)" }

    /// Writes the manifests.
    func write() throws {
        try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
        let text = Self.namespace + (0..<pods).map(Self.pod).joined()
        try Data(text.utf8).write(to: URL(filePath: "\(manifests)/pods.yaml"))
    }

    private static let namespace = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}

        """

    private static func pod(_ number: Int) -> String {
        let name = name(number)
        return """
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: \(name), namespace: shop, uid: account-\(name)}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: shop, uid: uid-\(name), labels: {app: \(name)}}
            spec:
              serviceAccountName: \(name)
              containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
              volumes: [{name: osm-xds, projected: {sources: [{serviceAccountToken: {audience: osm-xds, path: token}}]}}]
            status: {phase: Running, podIP: 10.77.\(number / 250).\(number % 250 + 1)}

            """
    }

    /// Has the files of a pod's sidecar written, and reads its token and the roots of the control plane.
    func files(of number: Int) throws -> (token: String, roots: String) {
        let out = "\(directory)/files/\(number)"
        // The program reads all manifests each time: one pod's are enough.
        let own = "\(directory)/own"
        for path in [out, own] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try Data((Self.namespace + Self.pod(number)).utf8).write(to: URL(filePath: "\(own)/pod.yaml"))
        let process = Process()
        process.executableURL = URL(filePath: controller)
        process.arguments = [
            "pod-files", "--pod", "shop/\(Self.name(number))", "--manifests", own, "--state", state,
            "--controller",
            address, "--out", out,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CocoaError(.executableLoad, userInfo: [NSLocalizedDescriptionKey: "pod-files failed"])
        }
        func text(_ file: String) throws -> String { try String(contentsOfFile: "\(out)/\(file)", encoding: .utf8) }
        return (try text("token"), try text("ca.crt"))
    }
}
