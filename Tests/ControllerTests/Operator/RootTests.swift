import CertificateAuthority
import Crypto
import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import TestVault
@testable import osm_controller

/// MeshRootCertificates in a cluster without proxies: what is kept, what is told, and what survives.
@Suite("Roots of a mesh on a real API server", .serialized)
struct RootTests {
    private static func root(_ name: String, secret: String? = nil, _ spec: String = "role: active") -> String {
        """
        {apiVersion: config.openservicemesh.io/v1alpha2, kind: MeshRootCertificate, metadata: {name: \(name), namespace: osm-system}, spec: {\(spec), trustDomain: cluster.local, provider: {tresor: {ca: {secretRef: {name: \(secret ?? name), namespace: osm-system}}}}}}
        """
    }

    private struct State: Decodable {
        struct Root: Decodable {
            let id: String
            let object: String
        }
        let epoch: Int
        let signing: String
        let roots: [Root]

        var signer: String? { roots.first { $0.id == signing }?.object }
    }

    private static func state(_ cluster: TestCluster) async throws -> State {
        let text = try await cluster.field(#".data.state\.json"#, of: "secret/osm-mesh-trust", in: "osm-system")
        return try JSONDecoder().decode(State.self, from: try #require(Data(base64Encoded: text)))
    }

    private static func condition(_ type: String, of name: String, _ running: RunningOperator) async throws -> String {
        try await running.cluster.field(
            ".status.conditions[?(@.type=='\(type)')]['status','reason','message']",
            of: "meshrootcertificate/\(name)", in: "osm-system")
    }

    private static func until(
        _ type: String, of name: String, says words: [String], _ running: RunningOperator
    ) async throws {
        var seen = ""
        do {
            try await running.until("\(type) of \(name) says \(words)") {
                seen = try await condition(type, of: name, running)
                if words.allSatisfy({ seen.contains($0) }) { return true }
                try await Task.sleep(for: .milliseconds(500))
                return false
            }
        } catch {
            let said = ["the roots", "the root", "the status"].flatMap { running.log.lines($0).suffix(5) }
            Issue.record("\(type) of \(name) says `\(seen)`, not \(words): \(said)")
            throw error
        }
    }

    @Test("One object rotates the root, another one again, and deleting it leads back; a restart changes nothing")
    func rotation() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator { running in
                try await running.until("the state is kept") {
                    try await cluster.kubectl(["get", "secret", "osm-mesh-trust", "--namespace", "osm-system"]).status
                        == 0
                }
                let first = try await Self.state(cluster)
                #expect(first.epoch == 1)
                #expect(first.roots.map(\.object) == [""])
                for secret in ["osm-ca-bundle", "osm-control-plane-ca"] {
                    #expect(
                        try await !cluster.field(#".data.private\.key"#, of: "secret/\(secret)", in: "osm-system")
                            .isEmpty)
                }
                // The object for the root that signs already is adopted as it is.
                try await cluster.apply(Self.root("own", secret: "osm-ca-bundle"))
                try await Self.until("Ready", of: "own", says: ["True"], running)
                let adopted = try await Self.state(cluster)
                #expect(adopted.signing == first.signing)
                #expect(adopted.roots.count == 1)
                try await Task.sleep(for: .milliseconds(1100))
                try await cluster.apply(Self.root("next"))
                try await Self.until("Ready", of: "next", says: ["True"], running)
                let next = try await Self.state(cluster)
                #expect(next.signer == "next")
                #expect(next.roots.map(\.object) == ["next"])
                try await Self.until("Programmed", of: "own", says: ["False", "Superseded", "next"], running)
                let columns = try await cluster.kubectlOutput(["get", "mrc", "--namespace", "osm-system"])
                #expect(columns.contains("ROLE") && columns.contains("DISTRIBUTED") && columns.contains("0/0"))
            }
            let kept = try await Self.state(cluster)
            try await cluster.runOperator { running in
                try await Self.until("Ready", of: "next", says: ["True"], running)
                #expect(try await Self.state(cluster).epoch == kept.epoch)
                try await running.until("it has read everything") { running.controller.cache.revision > 0 }
                try await cluster.kubectlOutput(["delete", "mrc", "next", "--namespace", "osm-system"])
                try await running.until("the former root signs again") {
                    let state = try await Self.state(cluster)
                    return state.signer == "own" && state.roots.count == 1
                }
                // What is deleted is kept again as it was.
                let before = try await Self.state(cluster)
                try await cluster.kubectlOutput(["delete", "secret", "osm-mesh-trust", "--namespace", "osm-system"])
                try await running.until("the state is kept again") {
                    try await cluster.kubectl(["get", "secret", "osm-mesh-trust", "--namespace", "osm-system"]).status
                        == 0
                }
                #expect(try await Self.state(cluster).epoch == before.epoch)
            }
        }
    }

    @Test("A mistake is a condition of its object, and what is in force stays")
    func mistakes() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator { running in
                let key = P256.Signing.PrivateKey()
                try await cluster.apply(try Self.secret("good", named: "good", key))
                try await cluster.apply(Self.root("good"))
                try await running.wait(for: "Ready", of: "meshrootcertificate/good", in: "osm-system")
                let good = try await Self.state(cluster)
                try await Task.sleep(for: .milliseconds(1100))
                let secrets = [
                    "empty": [:], "garbage": ["ca.crt": "garbage", "private.key": "garbage"],
                    "leaf": try Self.leaf(), "mismatched": try Self.mismatched(),
                    "expired": try Self.root(madeAt: Date(timeIntervalSinceNow: -40 * 365 * 86_400)),
                    "too-early": try Self.root(madeAt: Date(timeIntervalSinceNow: 86_400)),
                ]
                for (name, fields) in secrets.sorted(by: { $0.key < $1.key }) {
                    let literals = fields.map { "--from-literal=\($0.key)=\($0.value)" }
                    try await cluster.kubectlOutput(
                        ["create", "secret", "generic", name, "--namespace", "osm-system"] + literals)
                    try await cluster.apply(Self.root(name))
                    try await Self.until("ResolvedRefs", of: name, says: ["False", name], running)
                    try await Self.until("Stalled", of: name, says: ["True"], running)
                }
                try await cluster.apply(
                    Self.root("elsewhere").replacing("namespace: osm-system}, spec", "namespace: default}, spec"))
                try await running.until("an object elsewhere is told that it has no meaning") {
                    try await cluster.field(
                        ".status.conditions[?(@.type=='Accepted')].message", of: "meshrootcertificate/elsewhere",
                        in: "default"
                    ).contains("osm-system")
                }
                // The same key under another name would sign what leads nowhere.
                try await cluster.apply(try Self.secret("good", named: "renamed", key))
                try await Self.until("ResolvedRefs", of: "good", says: ["False", "keep the name", "renamed"], running)
                #expect(try await Self.state(cluster).epoch == good.epoch)
                try await cluster.apply(try Self.secret("good", named: "good", key))
                try await Self.until("Ready", of: "good", says: ["True"], running)
                // The key of the root that signs goes: it is told, and no other root is made.
                try await cluster.kubectlOutput(["delete", "secret", "good", "--namespace", "osm-system"])
                try await Self.until("Accepted", of: "good", says: ["False", "is gone: restore it"], running)
                let state = try await Self.state(cluster)
                #expect(state.signing == good.signing)
                #expect(state.roots.map(\.id) == good.roots.map(\.id))
                #expect(try await cluster.kubectl(["get", "secret", "good", "--namespace", "osm-system"]).status != 0)
            }
        }
    }

    @Test("What cannot be used at the start is waited for, and mended while the controller waits")
    func brokenStart() async throws {
        try await RunningOperator.withCluster { cluster in
            func make(_ secret: String, _ fields: [String: String]) async throws {
                try await cluster.kubectlOutput(
                    ["create", "secret", "generic", secret, "--namespace", "osm-system"]
                        + fields.map { "--from-literal=\($0.key)=\($0.value)" })
            }
            func remove(_ secret: String) async throws {
                try await cluster.kubectlOutput(["delete", "secret", secret, "--namespace", "osm-system"])
            }
            func exists(_ secret: String) async throws -> Bool {
                try await cluster.kubectl(["get", "secret", secret, "--namespace", "osm-system"]).status == 0
            }
            try await make("osm-control-plane-ca", ["ca.crt": "garbage", "private.key": "garbage"])
            try await make("osm-ca-bundle", try Self.mismatched())
            try await make("osm-mesh-trust", ["state.json": "garbage"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await cluster.runOperator { running in
                        try await running.until("it has read everything") { running.controller.cache.revision > 0 }
                        #expect(try await Self.state(cluster).epoch == 1)
                    }
                }
                // Each is mended alone, and what is still broken is waited for.
                try await Task.sleep(for: .seconds(3))
                try await remove("osm-control-plane-ca")
                while try await !exists("osm-control-plane-ca") { try await Task.sleep(for: .seconds(1)) }
                try await Task.sleep(for: .seconds(3))
                #expect(
                    try await cluster.field(#".data.state\.json"#, of: "secret/osm-mesh-trust", in: "osm-system")
                        == Data("garbage".utf8).base64EncodedString())
                try await remove("osm-mesh-trust")
                try await Task.sleep(for: .seconds(5))
                #expect(try await !exists("osm-mesh-trust"))
                try await remove("osm-ca-bundle")
                try await group.waitForAll()
            }
        }
    }

    @Test("A mesh that had a root before it had objects begins with that root, and changes over step by step")
    func formerRoot() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.apply(try Self.secret("osm-ca-bundle", named: "former", P256.Signing.PrivateKey()))
            try await cluster.apply(Self.root("next"))
            try await cluster.runOperator { running in
                try await Self.until("Ready", of: "next", says: ["True"], running)
                let state = try await Self.state(cluster)
                #expect(state.signer == "next")
                #expect(state.roots.map(\.object) == ["next"])
                // Made known, signing, the former let go.
                #expect(state.epoch == 4)
            }
        }
    }

    /// The manifest of a Secret with a root of ten years.
    private static func secret(_ name: String, named root: String, _ key: P256.Signing.PrivateKey) throws -> String {
        let root = try TestAuthority(root, key: key, lasts: 10 * 365 * 86_400).root
        let data = [
            "ca.crt": try root.pem, "private.key": key.pemRepresentation,
        ].mapValues { Data($0.utf8).base64EncodedString() }
        return """
            {apiVersion: v1, kind: Secret, metadata: {name: \(name), namespace: osm-system}, data: {ca.crt: \(data["ca.crt"] ?? ""), private.key: \(data["private.key"] ?? "")}}
            """
    }

    /// A certificate that signs nothing, with its key.
    private static func leaf() throws -> [String: String] {
        let (authority, _) = try CertificateAuthority.create(name: "r", now: Date())
        let leaf = try authority.issueWorkload(
            identity: ServiceIdentity(namespace: "a", serviceAccount: "b"), trustDomain: "cluster.local",
            validity: .seconds(3600), now: Date())
        return ["ca.crt": leaf.certificateChainPEM, "private.key": leaf.privateKeyPEM]
    }

    private static func root(madeAt date: Date) throws -> [String: String] {
        let made = try CertificateAuthority.create(name: "r", now: date)
        return ["ca.crt": made.authority.rootPEM, "private.key": made.privateKeyPEM]
    }

    /// A root with the key of another.
    private static func mismatched() throws -> [String: String] {
        [
            "ca.crt": try CertificateAuthority.create(name: "r", now: Date()).authority.rootPEM,
            "private.key": try CertificateAuthority.create(name: "r", now: Date()).privateKeyPEM,
        ]
    }
}

extension String {
    fileprivate func replacing(_ text: String, _ other: String) -> String {
        replacingOccurrences(of: text, with: other)
    }
}
