import ArgumentParser
import Foundation

/// Services of a namespace in permissive mode, as manifests, each with a pod and an endpoint; a controller that serves
/// them; and the files of the sidecar of the first pod.
struct VisibleServices {
    let count: Int
    let directory: String
    let controller: String
    /// Whether the sidecar has only what was called, which is nothing.
    let isLazy: Bool

    private var manifests: String { "\(directory)/manifests" }
    private var state: String { "\(directory)/state" }

    func write() throws {
        try FileManager.default.createDirectory(atPath: manifests, withIntermediateDirectories: true)
        let text = Self.mesh + (0..<count).map(Self.service).joined()
        try Data(text.utf8).write(to: URL(filePath: "\(manifests)/mesh.yaml"))
    }

    private static let mesh = """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata: {name: osm-mesh-config, namespace: osm-system}
        spec:
          traffic: {enablePermissiveTrafficPolicyMode: true}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}

        """

    private static func service(_ number: Int) -> String {
        let name = "svc-\(number)"
        func address(_ net: Int) -> String { "10.\(net).\(number / 250).\(number % 250 + 1)" }
        return """
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: \(name), namespace: shop, uid: account-\(name)}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: \(name), namespace: shop}
            spec:
              clusterIP: \(address(78))
              selector: {app: \(name)}
              ports: [{name: http, port: 80, targetPort: 8080}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name), namespace: shop, labels: {kubernetes.io/service-name: \(name)}}
            addressType: IPv4
            endpoints:
            - addresses: [\(address(77))]
              targetRef: {kind: Pod, namespace: shop, name: \(name), uid: pod-\(name)}
            ports: [{name: http, port: 8080}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: shop, uid: pod-\(name), labels: {app: \(name)}}
            spec:
              serviceAccountName: \(name)
              containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
              volumes: [{name: osm-xds, projected: {sources: [{serviceAccountToken: {audience: osm-xds, path: token}}]}}]
            status: {phase: Running, podIP: \(address(77))}

            """
    }

    /// A controller at work.
    struct Serving {
        let address: String
        let process: Process

        func stop() {
            process.terminate()
            process.waitUntilExit()
        }
    }

    /// Starts the controller, and waits until it listens.
    func serve() async throws -> Serving {
        let log = "\(directory)/controller.log"
        try Data().write(to: URL(filePath: log))
        let process = Process()
        process.executableURL = URL(filePath: controller)
        process.arguments = [
            "run", "--manifests", manifests, "--state", state, "--listen", "127.0.0.1:0", "--http", "none",
            "--lazy-above", isLazy ? "0" : "never",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        try process.run()
        for _ in 0..<1_200 {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if let address = Self.address(in: text) { return Serving(address: address, process: process) }
            guard process.isRunning else { throw ValidationError("the controller ended: \(text)") }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.terminate()
        throw ValidationError("the controller did not serve within a minute")
    }

    /// Where the log says that proxies are served.
    private static func address(in log: String) -> String? {
        log.split(separator: "\n").filter { $0.contains(#""message":"serving""#) }.compactMap { line in
            line.firstMatch(of: /"port":"(\d+)"/).map { "127.0.0.1:\($0.output.1)" }
        }.first
    }

    /// Has the files of the first pod's sidecar written.
    ///
    /// - Returns: The directory.
    func sidecarFiles(_ address: String) throws -> String {
        let out = "\(directory)/files"
        let process = Process()
        process.executableURL = URL(filePath: controller)
        process.arguments = [
            "pod-files", "--pod", "shop/svc-0", "--manifests", manifests, "--state", state, "--controller", address,
            "--out", out,
        ]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ValidationError("pod-files failed") }
        return out
    }
}
