internal import FoundationEssentials

/// A Secret as the controller reads and writes it, with nothing but what it needs.
struct StoredSecret: Codable {
    struct Metadata: Codable {
        var name: String
        var namespace: String
        var labels: [String: String]?
        var resourceVersion: String?
    }
    var apiVersion: String? = "v1"
    var kind: String? = "Secret"
    var metadata: Metadata
    var type: String?
    var data: [String: Data]?

    /// The labels of what belongs to the installation.
    static let labels = ["app.kubernetes.io/name": "openservicemesh.io"]
}
