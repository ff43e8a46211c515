internal import FoundationEssentials
internal import KubernetesClient

/// A CertificateRequest of cert-manager, as far as it is written and read here.
struct CertificateRequest: Codable, Sendable {
    struct Metadata: Codable, Sendable {
        var name: String
        var namespace: String
        var labels: [String: String]?
        var creationTimestamp: String?
    }

    struct IssuerReference: Codable, Hashable, Sendable {
        var name: String
        var kind: String
        var group: String
    }

    struct Spec: Codable, Sendable {
        var request: Data
        var duration: String
        var isCA: Bool
        var usages: [String]
        var issuerRef: IssuerReference
    }

    struct Condition: Codable, Hashable, Sendable {
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

    var apiVersion: String? = "cert-manager.io/v1"
    var kind: String? = "CertificateRequest"
    var metadata: Metadata
    var spec: Spec?
    var status: Status?

    static let resource = APIResource(
        group: "cert-manager.io", version: "v1", plural: "certificaterequests", isNamespaced: true)
}
