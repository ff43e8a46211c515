public import Foundation

/// A real Kubernetes control plane, on loopback, for tests.
///
/// It ends with this process, however that ends: a process beside it watches for that (`--parent` of `hack/cluster.sh`).
/// There are no nodes; a test plays the kubelet where one is needed.
public struct TestCluster: Sendable {
    /// How a cluster differs from the usual one.
    public struct Options: Sendable {
        /// Whether controllers run: service accounts, endpoints, garbage collection, namespaces, workloads.
        public var hasControllerManager: Bool
        /// Whether pods without a node get one, if there are nodes; tests usually bind pods themselves.
        public var hasScheduler: Bool
        /// Whether every request is written to ``TestCluster/auditLog``.
        public var hasAuditLog: Bool
        /// Further flags of kube-apiserver, such as `--watch-cache=false`.
        public var serverFlags: [String]
        /// The process with which the cluster ends; usually this one.
        public var parent: Int32

        /// What differs from the usual: controllers, no scheduler, no audit log.
        public init(
            hasControllerManager: Bool = true, hasScheduler: Bool = false, hasAuditLog: Bool = false,
            serverFlags: [String] = [], parent: Int32 = ProcessInfo.processInfo.processIdentifier
        ) {
            self.hasControllerManager = hasControllerManager
            self.hasScheduler = hasScheduler
            self.hasAuditLog = hasAuditLog
            self.serverFlags = serverFlags
            self.parent = parent
        }

        /// The options of `hack/cluster.sh up` that mean the same.
        var arguments: [String] {
            var arguments = ["--parent", "\(parent)"]
            if !hasControllerManager { arguments.append("--without-controller-manager") }
            if !hasScheduler { arguments.append("--without-scheduler") }
            if hasAuditLog { arguments.append("--audit") }
            return arguments + serverFlags.flatMap { ["--server-flag", $0] }
        }
    }

    /// Where the API server is: `https://127.0.0.1:PORT`; the port stays when it is stopped and started.
    public let server: String
    /// The version of the API server, such as `v1.20.2`.
    public let version: String
    /// What the server offers, as it said itself.
    public let features: Features
    /// The certificate authority of the server's certificate, as PEM.
    public let authorityPEM: String
    /// A client certificate of group `system:masters`, as PEM.
    public let adminCertificatePEM: String
    /// The key of ``adminCertificatePEM``, as PEM.
    public let adminKeyPEM: String
    /// A bearer token of group `system:masters`.
    public let adminToken: String

    let script: ClusterScript
    let options: Options

    /// The kubeconfig of the administrator, with a client certificate.
    public var kubeconfigPath: String { script.state.appending(path: "admin.kubeconfig").path }
    /// One JSON object per request and line (`audit.k8s.io/v1`), if the cluster was started with an audit log.
    public var auditLog: URL { script.state.appending(path: "audit.log") }

    private static let sharedStart = Task { try await own() }

    /// The cluster that the tests of this process share, started when the first one asks.
    ///
    /// Tests run in parallel: each works in namespaces of its own (``createNamespace(_:labels:)``), and none stops it.
    public static func shared() async throws -> TestCluster { try await sharedStart.value }

    /// Starts a cluster for one test.
    ///
    /// The caller takes it down with ``down()``; ``withOwn(_:_:)`` does both.
    public static func own(_ options: Options = Options()) async throws -> TestCluster {
        let state = FileManager.default.temporaryDirectory.appending(path: "osm-cluster-\(UUID().uuidString)")
        let script = ClusterScript(state: state)
        do {
            try await script.run("up", options.arguments)
            return try await TestCluster(script, options)
        } catch {
            try await script.run("down")
            throw error
        }
    }

    /// Starts a cluster, hands it to the body, and takes it down whether the body throws or not.
    public static func withOwn<Value>(
        _ options: Options = Options(), _ body: (TestCluster) async throws -> Value
    ) async throws -> Value {
        let cluster = try await own(options)
        let value: Value
        do {
            value = try await body(cluster)
        } catch {
            try await cluster.down()
            throw error
        }
        try await cluster.down()
        return value
    }

    /// Reads what `hack/cluster.sh up` wrote, and asks the server what it offers.
    init(_ script: ClusterScript, _ options: Options) async throws {
        self.script = script
        self.options = options
        server = try script.text("server")
        version = try script.text("version")
        authorityPEM = try script.text("pki/ca.crt")
        adminCertificatePEM = try script.text("pki/admin.crt")
        adminKeyPEM = try script.text("pki/admin.key")
        adminToken = try script.text("pki/admin.token")
        features = try await Features(of: script)
    }
}
