import Logging
import MeshModel
import TestCluster
import TestInstruments

@testable import KubernetesClient

extension TestCluster {
    /// How the administrator gets in, with a client certificate.
    var access: ClusterAccess {
        ClusterAccess(
            server: server, authorities: authorityPEM,
            clientCertificate: .init(certificate: adminCertificatePEM, key: adminKeyPEM))
    }

    /// Hands a client of this cluster to the body, and closes it.
    func withClient<Value>(
        _ access: ClusterAccess? = nil, timing: TransportTiming = TransportTiming(), logger: Logger? = nil,
        _ body: (KubernetesClient) async throws -> Value
    ) async throws -> Value {
        try await withKubernetesClient(access ?? self.access, timing: timing, logger: logger, body)
    }
}

/// Hands a client to the body, and closes it.
func withKubernetesClient<Value>(
    _ access: ClusterAccess, timing: TransportTiming = TransportTiming(), logger: Logger? = nil,
    _ body: (KubernetesClient) async throws -> Value
) async throws -> Value {
    let client = try KubernetesClient(access, timing: timing, logger: logger ?? LogRecorder().logger)
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(client))
    } catch {
        result = .failure(error)
    }
    try await client.shutdown()
    return try result.get()
}

/// An object with labels and data, as tests write it.
struct Manifest: Codable, Equatable, Sendable {
    struct Metadata: Codable, Equatable, Sendable {
        var name: String
        var namespace: String?
        var uid: String?
        var resourceVersion: String?
        var labels: [String: String]?
    }

    struct Spec: Codable, Equatable, Sendable {
        struct Port: Codable, Equatable, Sendable {
            var port: Int
        }
        var ports: [Port]?
    }

    // Lists of the core kinds leave the first two out of their items.
    var apiVersion: String? = "v1"
    var kind: String?
    var metadata: Metadata
    var data: [String: String]?
    var spec: Spec?

    static func configMap(_ name: ObjectName, _ data: [String: String]) -> Manifest {
        Manifest(
            kind: "ConfigMap", metadata: .init(name: name.name, namespace: name.namespace), data: data)
    }

    /// A service that no controller changes: it selects nothing.
    static func service(_ name: ObjectName, labels: [String: String] = [:]) -> Manifest {
        Manifest(
            kind: "Service", metadata: .init(name: name.name, namespace: name.namespace, labels: labels),
            spec: .init(ports: [.init(port: 80)]))
    }

    static func serviceAccount(_ name: ObjectName, labels: [String: String] = [:]) -> Manifest {
        Manifest(
            kind: "ServiceAccount",
            metadata: .init(name: name.name, namespace: name.namespace, labels: labels))
    }
}
