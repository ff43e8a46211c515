import CertificateAuthority
import Crypto
import Foundation
import KubernetesClient
import Logging
import MeshModel
import SwiftASN1
import TestCluster
import TestInstruments
import X509

@testable import CertificateIssuers
@testable import TestVault

/// A namespace of the real API server where cert-manager's kind is served, and the controller's account has the rights of
/// `config/cert-manager`.
struct CertManagerCluster: Sendable {
    let cluster: TestCluster
    let namespace: String
    /// The administrator's client.
    let administrator: KubernetesClient

    private static let installed = Task {
        let cluster = try await TestCluster.shared()
        try await cluster.kubectlOutput(["apply", "-f", "-"], input: CertificateRequestKind.definition)
        try await cluster.kubectlOutput([
            "wait", "--for=condition=Established", "--timeout=120s", "crd/certificaterequests.cert-manager.io",
        ])
        return cluster
    }

    /// Makes a namespace, hands it to the body, and closes what is open.
    static func with<Value>(_ body: (CertManagerCluster) async throws -> Value) async throws -> Value {
        let cluster = try await installed.value
        let namespace = try await cluster.createNamespace("issuers")
        let role = try await cluster.kubectlOutput(["kustomize", root.appending(path: "config/cert-manager").path])
        try await cluster.kubectlOutput(
            ["create", "serviceaccount", "osm-controller", "--namespace", namespace])
        try await cluster.kubectlOutput(
            ["apply", "-f", "-"], input: role.replacing("osm-system", with: namespace))
        let access = ClusterAccess(
            server: cluster.server, authorities: cluster.authorityPEM,
            clientCertificate: .init(certificate: cluster.adminCertificatePEM, key: cluster.adminKeyPEM))
        return try await withClient(access) { administrator in
            try await body(
                CertManagerCluster(cluster: cluster, namespace: namespace, administrator: administrator))
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func withClient<Value>(
        _ access: ClusterAccess, _ body: (KubernetesClient) async throws -> Value
    ) async throws -> Value {
        let client = try KubernetesClient(access, logger: LogRecorder().logger)
        let result: Result<Value, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    private struct TokenRequest: Codable {
        struct Spec: Codable { var expirationSeconds = 3600 }
        struct Status: Codable { var token: String }
        var apiVersion = "authentication.k8s.io/v1"
        var kind = "TokenRequest"
        var spec = Spec()
        var status: Status?
    }

    /// A client with the rights of an account.
    func withAccount<Value>(
        _ account: String = "osm-controller", _ body: (KubernetesClient) async throws -> Value
    ) async throws -> Value {
        let answer = try await administrator.create(
            .serviceAccount, ObjectName(namespace: namespace, name: account), subresource: "token",
            body: TokenRequest(), as: TokenRequest.self)
        let access = ClusterAccess(
            server: cluster.server, authorities: cluster.authorityPEM, credential: .token(answer.status?.token ?? ""))
        return try await Self.withClient(access, body)
    }

    func issuer(
        _ client: KubernetesClient, _ timing: CertManagerIssuer.Timing = .init()
    ) -> CertManagerIssuer {
        CertManagerIssuer(.init(), namespace: namespace, client: client, probe: Sample.probe, timing: timing)
    }

    /// The requests that are there.
    func requests() async throws -> [Request] {
        try await administrator.list(CertificateRequest.resource, namespace: namespace, as: Request.self)
    }

    /// A request as the server keeps it, read without the product's own type.
    struct Request: Codable, Sendable {
        struct Metadata: Codable, Sendable {
            var name: String
            var labels: [String: String]?
        }
        struct Reference: Codable, Equatable, Sendable {
            var name: String
            var kind: String?
            var group: String?
        }
        struct Spec: Codable, Sendable {
            var request: Data
            var duration: String?
            var isCA: Bool?
            var usages: [String]?
            var issuerRef: Reference
        }
        struct Condition: Codable, Sendable {
            var type: String
            var status: String
            var reason: String?
            var message: String?
        }
        struct Status: Codable, Sendable {
            var conditions: [Condition]?
            var certificate: Data?
            var ca: Data?
        }
        var metadata: Metadata
        var spec: Spec
        var status: Status?
    }

    private struct StatusPatch: Encodable { var status: Request.Status }

    /// Plays cert-manager while the body goes on: every new request gets the statuses of the script, one after the other.
    func withApprover<Value: Sendable>(
        _ script: @escaping @Sendable (Request) throws -> [Request.Status], _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var seen: Set<String> = []
                while !Task.isCancelled {
                    for request in try await requests() where seen.insert(request.metadata.name).inserted {
                        let name = ObjectName(namespace: namespace, name: request.metadata.name)
                        for status in try script(request) {
                            try await administrator.mergePatch(
                                CertificateRequest.resource, name, subresource: "status",
                                body: StatusPatch(status: status))
                        }
                    }
                    do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
                }
            }
            let value = try await body()
            group.cancelAll()
            do { try await group.waitForAll() } catch let error as KubernetesError where error.code == .cancelled {}
            return value
        }
    }
}

extension CertManagerCluster.Request.Status {
    static let approved = CertManagerCluster.Request.Condition(
        type: "Approved", status: "True", reason: "cert-manager.io", message: "approved by the test")

    static func conditions(_ conditions: CertManagerCluster.Request.Condition...) -> Self {
        Self(conditions: conditions)
    }

    /// What an issuer says that has signed.
    static func signed(_ chain: [Certificate], ca: Certificate?) throws -> Self {
        Self(
            conditions: [approved, .init(type: "Ready", status: "True", reason: "Issued", message: "fetched")],
            certificate: Data(try chain.map { try $0.pem }.joined().utf8), ca: try ca.map { Data(try $0.pem.utf8) })
    }
}

extension TestAuthority {
    /// The certificate that a request asks for, as an issuer of cert-manager makes it: without usages beyond those of the key.
    func sign(_ request: CertManagerCluster.Request) throws -> Certificate {
        let csr = try CertificateSigningRequest(pemEncoded: String(decoding: request.spec.request, as: UTF8.self))
        guard csr.publicKey.isValidSignature(csr.signature, for: csr),
            let seconds = request.spec.duration.flatMap({ $0.hasSuffix("s") ? Double($0.dropLast()) : nil })
        else { throw StrictVault.Refusal(status: 400, message: "bad request") }
        return try issue(
            .init(
                commonName: csr.commonName ?? "", names: try csr.names, usages: nil, begins: 0, lasts: seconds),
            to: csr.publicKey)
    }
}
