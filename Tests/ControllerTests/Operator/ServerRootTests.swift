import CertificateAuthority
import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// The root by which pods and the API server know the control plane is replaced.
@Suite("The root of the control plane's servers on a real API server", .serialized)
struct ServerRootTests {
    private static let secret = "secret/osm-control-plane-ca"
    private static let webhook = "validatingwebhookconfiguration/osm-validator-mesh-osm"

    private static func annotate(_ text: String, _ cluster: TestCluster) async throws {
        try await cluster.kubectlOutput([
            "annotate", secret, "--namespace", "osm-system", "--overwrite", "openservicemesh.io/\(text)",
        ])
    }

    private static func field(_ name: String, _ cluster: TestCluster) async throws -> String {
        let path = ".data." + name.replacingOccurrences(of: ".", with: #"\."#)
        let text = try await cluster.field(path, of: secret, in: "osm-system")
        return String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }

    private static func status(_ cluster: TestCluster) async throws -> String {
        try await cluster.field(
            #".metadata.annotations.openservicemesh\.io/rotation-status"#, of: secret, in: "osm-system")
    }

    private static func count(_ pem: String) -> Int { pem.components(separatedBy: "BEGIN CERTIFICATE").count - 1 }

    private static func bundle(_ running: RunningOperator, _ namespace: String) async throws -> String {
        try await running.rootsPEM(in: namespace)
    }

    private static func caBundle(_ cluster: TestCluster) async throws -> String {
        let text = try await cluster.kubectlOutput([
            "get", webhook, "--output", "jsonpath={.webhooks[0].clientConfig.caBundle}",
        ])
        return String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }

    private static func configure(_ configuration: inout Operator.Configuration) {
        AdmissionTests.local(&configuration, serverCertificate: .seconds(3600))
        configuration.bundleDelay = .seconds(8)
    }

    @Test(
        "old and new are in every ConfigMap and webhook first; the old one goes once every pod has come back under the new one"
    )
    func rotation() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator(Self.configure) { running in
                try await AdmissionTests.registered(running)
                let namespace = try await running.meshNamespace()
                let (id, token) = try await running.pod("web", in: namespace)
                let old = try await Self.field("ca.crt", cluster)
                #expect(try await Self.bundle(running, namespace) == old)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // As a sidecar whose files the kubelet keeps.
                        while !Task.isCancelled {
                            let roots = try await Self.bundle(running, namespace)
                            try? await TestProxy(nodeID: "web").run(port: running.port, token: token, rootsPEM: roots)
                            try? await Task.sleep(for: .milliseconds(200))
                        }
                    }
                    try await running.until("the pod is connected") {
                        running.cache.progress(of: id)?.isConnected == true
                    }
                    let former = running.cache.progress(of: id)?.serverRoot
                    try await Self.annotate("rotate=2027", cluster)
                    try await running.until("both roots are in the ConfigMap") {
                        Self.count(try await Self.bundle(running, namespace)) == 2
                    }
                    #expect(try await Self.field("ca.crt", cluster) == old)
                    let next = try await Self.field("next-ca.crt", cluster)
                    try await running.until("both roots are registered with the webhooks") {
                        Self.count(try await Self.caBundle(cluster)) == 2
                    }
                    #expect(running.cache.progress(of: id)?.serverRoot == former)
                    try await running.until("the old one is gone from the ConfigMap") {
                        try await Self.bundle(running, namespace) == next
                    }
                    #expect(try await Self.field("ca.crt", cluster) == next)
                    #expect(try await Self.field("previous-ca.crt", cluster).isEmpty)
                    try await running.until("the old one is gone from the webhooks") {
                        try await Self.caBundle(cluster) == next
                    }
                    try await running.until("the end is told") { try await Self.status(cluster).contains("settled") }
                    let present = try #require(running.cache.progress(of: id))
                    #expect(present.isConnected && present.serverRoot != former)
                    // How often is the client's matter: it tries at once, too, with the roots that it began with.
                    #expect(running.log.lines("proxy connected").count >= 2)
                    // The webhooks answer under the new root alone.
                    try await cluster.apply(AdmissionTests.pod("after", in: namespace))
                    // The same text again asks for nothing.
                    try await Task.sleep(for: .seconds(3))
                    #expect(try await Self.field("next-ca.crt", cluster).isEmpty)
                    group.cancelAll()
                }
            }
        }
    }

    @Test("A pod that is not connected holds the old root, and is named, until the operator goes on without it")
    func missing() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator(Self.configure) { running in
                let namespace = try await running.meshNamespace()
                let (id, token) = try await running.pod("web", in: namespace)
                let roots = try await Self.bundle(running, namespace)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // Once only: it does not come back.
                        try? await TestProxy(nodeID: "web").run(port: running.port, token: token, rootsPEM: roots)
                    }
                    try await running.until("the pod is connected") {
                        running.cache.progress(of: id)?.isConnected == true
                    }
                    try await Self.annotate("rotate=a", cluster)
                    try await running.until("the pod is named") {
                        let status = try await Self.status(cluster)
                        return status.contains("0/1 proxies have connected under root")
                            && status.contains("\(namespace)/web")
                    }
                    try await Task.sleep(for: .seconds(3))
                    #expect(Self.count(try await Self.bundle(running, namespace)) == 2)
                    #expect(try await !Self.field("previous-ca.crt", cluster).isEmpty)
                    try await Self.annotate("continue-without=\(namespace)/web", cluster)
                    try await running.until("the old root is gone") {
                        Self.count(try await Self.bundle(running, namespace)) == 1
                    }
                    group.cancelAll()
                }
            }
        }
    }

    @Test("A controller that ends in the middle goes on; a rotation is taken back; what is deleted is kept again")
    func restart() async throws {
        try await RunningOperator.withCluster { cluster in
            let long: @Sendable (inout Operator.Configuration) -> Void = {
                Self.configure(&$0)
                $0.bundleDelay = .seconds(3600)
            }
            try await cluster.runOperator(long) { running in
                try await running.until("the root is kept") {
                    try await !cluster.field(
                        #".metadata.annotations.openservicemesh\.io/signing-root"#, of: Self.secret, in: "osm-system"
                    ).isEmpty
                }
                let first = try await Self.field("ca.crt", cluster)
                try await Self.annotate("rotate=a", cluster)
                try await running.until("a next root is made") { try await !Self.field("next-ca.crt", cluster).isEmpty }
                try await Self.annotate("rotate-", cluster)
                try await running.until("it is dropped") { try await Self.field("next-ca.crt", cluster).isEmpty }
                #expect(try await Self.field("ca.crt", cluster) == first)
                try await Self.annotate("rotate=b", cluster)
                try await running.until("another next root is made") {
                    try await !Self.field("next-ca.crt", cluster).isEmpty
                }
            }
            let next = try await Self.field("next-ca.crt", cluster)
            try await cluster.runOperator(Self.configure) { running in
                try await running.until("the next root signs, and the end is told") {
                    let status = try await Self.status(cluster)
                    return try await Self.field("ca.crt", cluster) == next && status.contains("settled")
                }
                try await cluster.kubectlOutput(["delete", Self.secret, "--namespace", "osm-system"])
                try await running.until("the root is kept again") {
                    try await cluster.kubectl(["get", Self.secret, "--namespace", "osm-system"]).status == 0
                }
                #expect(try await Self.field("ca.crt", cluster) == next)
                #expect(try await Self.field("private.key", cluster).contains("PRIVATE KEY"))
            }
        }
    }

    @Test("A root that cannot be used, or that nobody was told of, is told, and what is in force stays")
    func mistakes() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator(Self.configure) { running in
                let namespace = try await running.meshNamespace()
                try await running.until("the end is told") {
                    guard try await cluster.kubectl(["get", Self.secret, "--namespace", "osm-system"]).status == 0
                    else {
                        return false
                    }
                    return try await Self.status(cluster).contains("settled")
                }
                let root = try await Self.field("ca.crt", cluster)
                func set(_ fields: [String: String]) async throws {
                    let data = fields.map { "\"\($0.key)\":\"\(Data($0.value.utf8).base64EncodedString())\"" }
                        .joined(separator: ",")
                    try await cluster.kubectlOutput([
                        "patch", Self.secret, "--namespace", "osm-system", "--type", "merge", "--patch",
                        "{\"data\":{\(data)}}",
                    ])
                }
                let (one, other) = (
                    try CertificateAuthority.create(name: "r", now: Date()),
                    try CertificateAuthority.create(name: "r", now: Date())
                )
                let (past, pastKey) = try CertificateAuthority.create(
                    name: "r", now: Date().addingTimeInterval(-11 * 365 * 86_400))
                for (certificate, key, words) in [
                    ("garbage", "garbage", "does not hold one certificate"),
                    (one.authority.rootPEM, other.privateKeyPEM, "do not belong together"),
                    (past.rootPEM, pastKey, "was valid until"),
                ] {
                    try await set(["next-ca.crt": certificate, "next-private.key": key])
                    try await Self.annotate("rotate=\(UUID().uuidString)", cluster)
                    try await running.until("`\(words)` is told") { try await Self.status(cluster).contains(words) }
                    #expect(try await Self.field("ca.crt", cluster) == root)
                    #expect(try await Self.bundle(running, namespace) == root)
                }
                // One of the operator's own that can be used is.
                try await set(["next-ca.crt": one.authority.rootPEM, "next-private.key": one.privateKeyPEM])
                try await running.until("the operator's own root signs") {
                    let status = try await Self.status(cluster)
                    return try await Self.field("ca.crt", cluster) == one.authority.rootPEM
                        && status.contains("settled")
                }
                // One that is put in its place without a rotation is not shown to anybody.
                try await set(["ca.crt": other.authority.rootPEM, "private.key": other.privateKeyPEM])
                try await running.until("it is told") { try await Self.status(cluster).contains("another root") }
                try await Task.sleep(for: .seconds(3))
                #expect(try await Self.bundle(running, namespace) == one.authority.rootPEM)
                try await set(["ca.crt": one.authority.rootPEM, "private.key": one.privateKeyPEM])
                try await running.until("all is well") { try await Self.status(cluster).contains("settled") }
            }
        }
    }
}
