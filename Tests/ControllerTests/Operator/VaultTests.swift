import CertificateAuthority
import Foundation
import MeshModel
import Synchronization
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import TestVault
@testable import osm_controller

/// A mesh whose certificates a Vault issues: a strict stand-in that listens, on a real API server.
@Suite("A mesh whose issuer is a Vault", .serialized)
struct VaultTests {
    private static func object(_ vault: ServedVault, _ name: String = "vault", role: String = "mesh") -> String {
        """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshRootCertificate
        metadata: {name: \(name), namespace: osm-system}
        spec:
          role: active
          trustDomain: cluster.local
          provider:
            vault:
              protocol: http
              host: 127.0.0.1
              port: \(vault.port)
              role: \(role)
              token: {secretKeyRef: {namespace: osm-system, name: osm-vault-token, key: token}}
        """
    }

    private static let token = """
        {apiVersion: v1, kind: Secret, metadata: {name: osm-vault-token, namespace: osm-system}, stringData: {token: "\(StrictVault.token)\\n"}}
        """

    private static func state(_ cluster: TestCluster) async throws -> TrustState {
        let text = try await cluster.field(#".data.state\.json"#, of: "secret/osm-mesh-trust", in: "osm-system")
        return try JSONDecoder().decode(TrustState.self, from: try #require(Data(base64Encoded: text)))
    }

    private static func until(
        _ type: String, says words: [String], of name: String = "vault", _ cluster: TestCluster,
        log: LogRecorder? = nil
    ) async throws {
        let path = ".status.conditions[?(@.type=='\(type)')]['status','reason','message']"
        let limit = ContinuousClock.now + .seconds(180)
        var seen = ""
        while ContinuousClock.now < limit {
            seen = try await cluster.field(path, of: "meshrootcertificate/\(name)", in: "osm-system")
            if words.allSatisfy({ seen.contains($0) }) { return }
            try await Task.sleep(for: .seconds(1))
        }
        // What the controller complained of says why.
        let lines = (log?.lines("") ?? []).filter { $0.metadata["error"] != nil }.suffix(10)
        throw RunningController.NeverHappened(
            description: "\(type) of \(name) says `\(seen)`, not \(words): \(lines.map { "\($0)" })")
    }

    /// An ingress gateway has its certificate of the same issuer.
    private static func gateway(_ running: RunningOperator, _ vault: ServedVault, _ state: TrustState) async throws {
        let names = ["gateway.edge.cluster.local", "a.edge.cluster.local"]
        let wish =
            #"{"subjectAltNames":["\#(names[0])","\#(names[1])"],"validityDuration":"24h","secret":{"name":"osm-gateway-cert","namespace":"osm-system"}}"#
        try await running.cluster.kubectlOutput([
            "patch", "meshconfig", "osm-mesh-config", "--namespace", "osm-system", "--type", "merge", "--patch",
            #"{"spec":{"certificate":{"ingressGateway":\#(wish)}}}"#,
        ])
        var secret: GatewaySecretText?
        try await running.until("the gateway has a certificate") {
            secret = try await GatewaySecretText.read("osm-gateway-cert", in: "osm-system", running.cluster)
            try await Task.sleep(for: .milliseconds(500))
            return secret != nil
        }
        let text = try #require(secret)
        let certificate = try #require(
            GatewayCertificate(certificateChainPEM: text.text("tls.crt"), privateKeyPEM: text.text("tls.key")))
        #expect(certificate.names.sorted() == names.sorted())
        #expect(certificate.issuer(among: state.roots)?.id == state.signing)
        #expect(text.text("ca.crt") == state.trustedPEM)
        // It is asked for once.
        try await Task.sleep(for: .seconds(5))
        let asked = vault.vault.calls(to: "pki/issue/mesh").filter { $0.fields["common_name"] == names[0] }
        #expect(asked.count == 1)
    }

    private static func rootID(_ vault: ServedVault) throws -> String {
        try IssuerRoot(pem: vault.vault.state.withLock { $0.authority }.issuer.pem, now: Date()).id
    }

    @Test(
        "Its root is learned, distributed, and signs; while it is away proxies keep what they have, and it comes back")
    func mesh() async throws {
        try await ServedVault.with { vault in
            try await RunningOperator.withCluster { cluster in
                try await cluster.runOperator { running in
                    let namespace = try await running.meshNamespace()
                    let roots = try await running.rootsPEM(in: namespace)
                    let first = TestProxy(nodeID: "first")
                    let second = TestProxy(nodeID: "second")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        let (_, token) = try await running.pod("first", in: namespace)
                        group.addTask { try await first.run(port: running.port, token: token, rootsPEM: roots) }
                        try await running.until("the first pod has a certificate of the controller") {
                            first.workload != nil
                        }
                        // Without its token it is told what is missing; nothing else changes.
                        let before = try await Self.state(cluster)
                        try await cluster.apply(Self.object(vault))
                        try await Self.until(
                            "Ready", says: ["False", "osm-vault-token", "does not exist"], cluster, log: running.log)
                        #expect(try await Self.state(cluster) == before)
                        #expect(vault.vault.calls.isEmpty)
                        try await cluster.apply(Self.token)
                        try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                        let state = try await Self.state(cluster)
                        #expect(state.roots.map(\.object) == ["vault"])
                        #expect(try state.signing == Self.rootID(vault))
                        // No token is kept.
                        let kept = try await cluster.field(
                            #".data.state\.json"#, of: "secret/osm-mesh-trust", in: "osm-system")
                        let text = String(decoding: try #require(Data(base64Encoded: kept)), as: UTF8.self)
                        #expect(!text.contains(StrictVault.token))
                        #expect(first.workload?.hasPrefix(state.signing) == true)
                        #expect(
                            vault.vault.calls.contains {
                                $0.fields["common_name"] == "first.\(namespace).cluster.local"
                            })

                        try await Self.gateway(running, vault, state)

                        // A pod that comes while it is sealed waits, and the one that has a certificate keeps it.
                        vault.vault.change { $0.fault = .sealed }
                        let held = first.workload
                        let (_, other) = try await running.pod("second", in: namespace)
                        group.addTask { try await second.run(port: running.port, token: other, rootsPEM: roots) }
                        try await Self.until(
                            "Ready", says: ["False", "IssuerUnavailable", "1 proxy waits", "sealed", "keep theirs"],
                            cluster)
                        #expect(second.workload == nil)
                        // What else it asks for it has.
                        #expect(second.received.versions[TestProxy.secret]?["roots"] != nil)
                        #expect(first.workload == held)
                        vault.vault.change { $0.fault = nil }
                        try await running.until("the second pod has one, too") { second.workload != nil }
                        try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                        #expect(first.workload == held)

                        // What it refuses to workloads alone is said, and what it refuses to everybody is an outage.
                        vault.vault.change { $0.roles["mesh"]?.domains = ["osm-system.cluster.local"] }
                        let third = TestProxy(nodeID: "third")
                        let (_, last) = try await running.pod("third", in: namespace)
                        group.addTask { try await third.run(port: running.port, token: last, rootsPEM: roots) }
                        try await Self.until("Ready", says: ["True", "refuses some", "1 proxy waits"], cluster)
                        vault.vault.change { $0.roles["mesh"]?.domains = ["nowhere"] }
                        try await Self.until(
                            "Ready", says: ["False", "does not issue", "`mesh`", "1 proxy waits"], cluster)
                        vault.vault.change { $0.roles["mesh"]?.domains = ["cluster.local"] }
                        try await running.until("the third pod has one, too") { third.workload != nil }
                        try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                        group.cancelAll()
                    }
                }
                // Another controller takes over with what is kept.
                // It asks about its token, but for no certificate.
                let asked = vault.vault.calls(to: "pki/issue/mesh").count
                try await cluster.runOperator { running in
                    try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                    try await running.until("it leads") { running.controller.cache.revision > 0 }
                    #expect(vault.vault.calls(to: "pki/issue/mesh").count == asked)
                }
            }
        }
    }

    @Test("Where the mesh begins with it and it is away, its object says so, and the mesh begins when it is there")
    func beginning() async throws {
        try await ServedVault.with { vault in
            try await RunningOperator.withCluster { cluster in
                vault.vault.change { $0.fault = .sealed }
                try await cluster.apply(Self.token)
                try await cluster.apply(Self.object(vault))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await cluster.runOperator { running in
                            try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                            let state = try await Self.state(cluster)
                            #expect(state.epoch == 1)
                            #expect(try state.signing == Self.rootID(vault))
                            #expect(state.roots.count == 1)
                        }
                    }
                    try await Self.until(
                        "ResolvedRefs", says: ["False", "IssuerUnavailable", "sealed"], cluster)
                    try await Self.until("Ready", says: ["False", "waits for a root that signs"], cluster)
                    #expect(
                        try await cluster.kubectl(["get", "secret", "osm-mesh-trust", "--namespace", "osm-system"])
                            .status
                            != 0)
                    vault.vault.change { $0.fault = nil }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("Another root underneath is told, and a second object leads to it")
    func replacedRoot() async throws {
        try await ServedVault.with { vault in
            try await RunningOperator.withCluster { cluster in
                try await cluster.apply(Self.token)
                try await cluster.apply(Self.object(vault))
                try await cluster.runOperator { running in
                    try await running.wait(for: "Ready", of: "meshrootcertificate/vault", in: "osm-system")
                    let former = try await Self.state(cluster)
                    let namespace = try await running.meshNamespace()
                    let roots = try await running.rootsPEM(in: namespace)
                    let authority = try TestAuthority("another")
                    vault.vault.change { $0.authority = authority }
                    let proxy = TestProxy(nodeID: "late")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        let (_, token) = try await running.pod("late", in: namespace)
                        group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                        try await Self.until(
                            "Ready",
                            says: ["False", "IssuerUnavailable", "another root", "a MeshRootCertificate of its own"],
                            cluster)
                        #expect(proxy.workload == nil)
                        #expect(try await Self.state(cluster) == former)
                        try await cluster.apply(Self.object(vault, "second"))
                        try await running.until("it has a certificate of the other root") { proxy.workload != nil }
                        try await running.wait(for: "Ready", of: "meshrootcertificate/second", in: "osm-system")
                        let state = try await Self.state(cluster)
                        #expect(try state.signing == Self.rootID(vault))
                        #expect(state.roots.map(\.object) == ["second"])
                        #expect(proxy.workload?.hasPrefix(state.signing) == true)
                        group.cancelAll()
                    }
                }
            }
        }
    }
}

extension TestProxy {
    /// The version of its certificate, which begins with the root's identifier.
    fileprivate var workload: String? { received.versions[Self.secret]?["workload"] }
}
