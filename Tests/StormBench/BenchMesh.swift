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
        var text = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}

            """
        for number in 0..<pods {
            let name = Self.name(number)
            text += """
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
        try Data(text.utf8).write(to: URL(filePath: "\(manifests)/pods.yaml"))
    }

    /// Has the files of a pod's sidecar written, and reads its token and the roots of the control plane.
    func files(of number: Int) throws -> (token: String, roots: String) {
        let out = "\(directory)/files/\(number)"
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: controller)
        process.arguments = [
            "pod-files", "--pod", "shop/\(Self.name(number))", "--manifests", manifests, "--state", state,
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
