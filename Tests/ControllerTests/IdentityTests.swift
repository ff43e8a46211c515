import Foundation
import GRPCCore
import MeshModel
import Testing
import XDSCache

@Suite("Who is served what", .serialized)
struct IdentityTests {
    private let mesh = TestMesh(services: 12)

    /// Connects a proxy while a body runs.
    private func connected(
        _ proxy: TestProxy, to running: RunningController, token: String,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM)
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    @Test("a client that claims another's node id, or asks for another's names, gets only its own")
    func foreignNames() async throws {
        let mesh = mesh
        try await RunningController.with(mesh.files) { running in
            // Pod 6 may call 7 to 11 and is called by 1 to 5; its own inbound resources exist under the same names
            // as everybody's, and 2's listener and clusters are nothing to it.
            let honest = TestProxy(nodeID: "pod-s0006/s0006")
            try await connected(honest, to: running, token: running.token(of: "s0006")) {
                try await running.settled([running.proxy("s0006")])
            }
            let thief = TestProxy(nodeID: "pod-s0002/s0002", follows: false)
            try await connected(thief, to: running, token: running.token(of: "s0006")) {
                thief.subscribe(TestProxy.cluster)
                thief.subscribe(TestProxy.listener)
                thief.subscribe(TestProxy.secret, ["workload", "roots", "service-cert:shop/s0002"])
                try await running.until("the first answers") { thief.received.responses.count >= 3 }
                // Later requests name another node and another's resources.
                thief.subscribe(
                    TestProxy.endpoints, ["shop/s0003|8080", "shop/s0007|8080"], node: "pod-s0002/s0002")
                thief.subscribe(
                    TestProxy.route, ["outbound/shop/s0003/80", "outbound/shop/s0007/80"], node: "pod-s0002/s0002")
                thief.subscribe(TestProxy.cluster, ["shop/s0003|8080", "*"], node: "pod-s0002/s0002")
                try await running.until("the later answers") {
                    thief.received.versions[TestProxy.endpoints]?["shop/s0007|8080"] != nil
                        && thief.received.versions[TestProxy.route]?["outbound/shop/s0007/80"] != nil
                        && thief.received.removed[TestProxy.cluster]?.contains("shop/s0003|8080") == true
                }
            }
            let got = thief.received
            let own = honest.received
            #expect(got.bodies[TestProxy.cluster] == own.bodies[TestProxy.cluster])
            #expect(got.bodies[TestProxy.listener] == own.bodies[TestProxy.listener])
            #expect(got.bodies[TestProxy.endpoints]?.keys.sorted() == ["shop/s0007|8080"])
            #expect(got.bodies[TestProxy.route]?.keys.sorted() == ["outbound/shop/s0007/80"])
            #expect(got.bodies[TestProxy.secret]?.keys.sorted() == ["roots", "workload"])
            #expect(got.removed[TestProxy.secret] == ["service-cert:shop/s0002"])
            #expect(got.removed[TestProxy.endpoints] == ["shop/s0003|8080"])
            // The certificate is that of the token's identity.
            let secret = try #require(got.bodies[TestProxy.secret]?["workload"])
            #expect(
                try SecretText(secret).identities == ["spiffe://cluster.local/s0006/shop", "s0006.shop.cluster.local"])
        }
    }

    @Test("without a token, or with one that stands for nobody, no stream is served", arguments: Refused.allCases)
    func refused(refused: Refused) async throws {
        let mesh = mesh
        try await RunningController.with(mesh.files) { running in
            let token: String? =
                switch refused {
                case .without: nil
                case .garbage: "garbage"
                case .expired: try await running.token(of: "s0001", validity: .seconds(60), at: Date() - 3600)
                case .formerPod: try await running.token(of: "s0001", podUID: "pod-before")
                case .unknownPod: try await running.token(of: "s9999")
                }
            let proxy = TestProxy()
            let roots = running.rootsPEM
            let error = await #expect(throws: RPCError.self) {
                try await proxy.run(port: running.port, token: token, rootsPEM: roots)
            }
            #expect(error?.code == .unauthenticated)
            #expect(proxy.received.responses.isEmpty)
        }
    }

    enum Refused: CaseIterable { case without, garbage, expired, formerPod, unknownPod }

    @Test("a pod that is not there yet is waited for; a pod that goes ends its stream")
    func comesAndGoes() async throws {
        let mesh = mesh
        try await RunningController.with(mesh.files) { running in
            let proxy = TestProxy()
            let token = try await running.token(of: "s0050")
            let roots = running.rootsPEM
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                let account = """
                    ---
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {name: s0050, namespace: shop, uid: account-s0050}

                    """
                try running.save("late.yaml", account + mesh.pod(50))
                try await running.until("the late pod's proxy has its listeners") {
                    proxy.received.versions[TestProxy.listener]?.isEmpty == false
                }
                try running.save("late.yaml", account)
                let error = await #expect(throws: RPCError.self) { try await group.next() }
                #expect(error?.code == .unauthenticated)
            }
        }
    }
}
