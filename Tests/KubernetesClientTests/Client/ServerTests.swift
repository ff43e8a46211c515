import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("What an API server tells about itself and about tokens")
struct ServerTests {
    @Test("Its version, its kinds, its issuer and its keys")
    func discovery() async throws {
        let cluster = try await TestCluster.shared()
        try await cluster.withClient { client in
            let version = try await client.serverVersion()
            #expect(cluster.version.hasPrefix("v\(version)."))
            #expect(try await client.serves(.pod))
            #expect(try await client.serves(.lease))
            let unknown = APIResource(group: "", version: "v1", plural: "pots", isNamespaced: true)
            #expect(try await !client.serves(unknown))
            let unknownGroup = APIResource(group: "x.y", version: "v1", plural: "pods", isNamespaced: true)
            #expect(try await !client.serves(unknownGroup))
            let slices = try await client.servedVersion(of: .endpointSlice)
            #expect(slices == (cluster.features.hasEndpointSliceV1 ? "v1" : "v1beta1"))
            #expect(try await client.issuer() == "https://kubernetes.default.svc.cluster.local")
            let keys = try JSONSerialization.jsonObject(with: Data(try await client.keySet())) as? [String: Any]
            #expect((keys?["keys"] as? [Any])?.count == 1)
            #expect(try await client.isReady())
        }
    }

    @Test("A bound token is reviewed, for its audience alone")
    func review() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("review")
        try await cluster.withClient { client in
            let account = ObjectName(namespace: namespace, name: "workload")
            try await client.create(.serviceAccount, account, body: Manifest.serviceAccount(account))
            let pod = """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"\(namespace)"},
                 "spec":{"serviceAccountName":"workload","containers":[{"name":"a","image":"a"}]}}
                """
            try await cluster.kubectlOutput(["create", "-f", "-"], input: pod)
            let podName = ObjectName(namespace: namespace, name: "p")
            let uid = try #require(try await client.get(.pod, podName, as: Manifest.self)?.metadata.uid)
            let token = try await client.token(
                for: account, audiences: ["osm-xds"], pod: .init(name: "p", uid: uid))
            guard case .authenticated(let user) = try await client.review(token: token, audiences: ["osm-xds", "x"])
            else { throw Refused() }
            #expect(user.username == "system:serviceaccount:\(namespace):workload")
            #expect(!user.uid.isEmpty)
            #expect(user.groups.contains("system:serviceaccounts:\(namespace)"))
            #expect(user.audiences == ["osm-xds"])
            #expect(user.podName == "p")
            #expect(user.podUID == uid)
            func isRefused(_ token: String, _ audiences: [String]) async throws -> Bool {
                guard case .refused(let reason) = try await client.review(token: token, audiences: audiences) else {
                    return false
                }
                return !reason.isEmpty
            }
            #expect(try await isRefused(token, ["other"]))
            #expect(try await isRefused("nonsense", ["osm-xds"]))
            try await cluster.kubectlOutput(["delete", "pod", "p", "-n", namespace, "--force", "--grace-period=0"])
            #expect(try await isRefused(token, ["osm-xds"]))
        }
    }

    private struct Refused: Error {}

    @Test("A pod's token gets in, and what it may not do is named")
    func inCluster() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("incluster")
        let directory = FileManager.default.temporaryDirectory.appending(path: "account-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let account = ObjectName(namespace: namespace, name: "pod")
        let token = try await cluster.withClient { client in
            try await client.create(.serviceAccount, account, body: Manifest.serviceAccount(account))
            return try await client.token(
                for: account, audiences: ["https://kubernetes.default.svc.cluster.local"])
        }
        for (name, text) in [("token", token), ("ca.crt", cluster.authorityPEM), ("namespace", namespace)] {
            try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
        }
        let address = try ServerAddress(cluster.server)
        let environment = [
            "KUBERNETES_SERVICE_HOST": address.host, "KUBERNETES_SERVICE_PORT": "\(address.port ?? 443)",
        ]
        let access = try ClusterAccess.inCluster(directory: directory.path, environment: environment)
        #expect(access.defaultNamespace == namespace)
        try await withKubernetesClient(access) { client in
            _ = try await client.serverVersion()
            let error = try await #require(throws: KubernetesError.self) {
                try await client.list(.secret, as: Manifest.self)
            }
            #expect(error.code == .forbidden)
            #expect(error.message.contains("system:serviceaccount:\(namespace):pod"))
            #expect(error.message.contains("secrets"))
        }
    }

    @Test("A server whose certificate leads elsewhere, or has another name, is not spoken to")
    func certificates() async throws {
        let cluster = try await TestCluster.shared()
        func isReached(_ change: (inout ClusterAccess) -> Void) async throws -> Bool {
            var access = cluster.access
            change(&access)
            return try await withKubernetesClient(access) { client in
                do {
                    _ = try await client.serverVersion()
                    return true
                } catch let error as KubernetesError where error.code == .transport {
                    return false
                }
            }
        }
        #expect(try await isReached { _ in })
        #expect(try await !isReached { $0.authorities = nil })
        // An address that is not in the certificate, so that the name alone counts.
        try await CuttingProxy.with(to: cluster, host: "127.0.0.2") { proxy in
            func isProxyReached(by name: String?) async throws -> Bool {
                try await isReached {
                    $0.server = proxy.server
                    $0.tlsServerName = name
                }
            }
            let reached = [
                try await isProxyReached(by: nil), try await isProxyReached(by: "kubernetes.default.svc"),
                try await isProxyReached(by: "elsewhere"),
            ]
            #expect(reached == [false, true, false])
        }
        #expect(
            try await isReached {
                $0.authorities = nil
                $0.skipsVerification = true
            })
        let logger = LogRecorder().logger
        #expect(throws: KubernetesError.self) {
            try KubernetesClient(ClusterAccess(server: "https://a", authorities: "no PEM"), logger: logger)
        }
    }
}
