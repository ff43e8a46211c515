/// Who issues the certificates of the mesh, and with which root (the original's kind).
///
/// Only objects in the controller's namespace have a meaning. Source of fields and defaults: the original's
/// `config.openservicemesh.io/v1alpha2`; what an object is for is said by `spec.role`, earlier by `spec.intent`, and in
/// version 1.2 by `status.state`.
public struct MeshRootCertificate: Hashable, Sendable {
    /// What a root is for.
    public enum Role: String, CaseIterable, Hashable, Sendable {
        /// Its issuer signs; of several the newest.
        case active
        /// It is trusted, and signs nothing.
        case passive
        /// It is neither trusted, nor does it sign.
        case inactive
    }

    /// The trust domain of an object that names none.
    public static let usualTrustDomain = "cluster.local"

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The last part of the names in certificates.
    public var trustDomain: String
    /// `spec.role` as written; empty where missing.
    public var role: String
    /// `spec.intent` as written, an earlier name of the role; empty where missing.
    public var intent: String
    /// The state that version 1.2 of the original wrote into the status; empty where missing.
    ///
    /// The mesh never writes it.
    public var state: String
    /// Whether an issuer elsewhere is asked for the SPIFFE identity beside the DNS name; the built-in one always gives both.
    public var spiffeEnabled: Bool
    /// Who issues.
    public var provider: Provider

    /// An object with the given fields.
    public init(
        metadata: ObjectMetadata, trustDomain: String = usualTrustDomain, role: String = "", intent: String = "",
        state: String = "", spiffeEnabled: Bool = false, provider: Provider
    ) {
        self.metadata = metadata
        self.trustDomain = trustDomain
        self.role = role
        self.intent = intent
        self.state = state
        self.spiffeEnabled = spiffeEnabled
        self.provider = provider
    }

    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, provider: Provider())
    }

    /// Namespace and name.
    public var name: ObjectName { metadata.objectName }

    /// What the root is for.
    ///
    /// The spec counts before the status. An object whose words are wrong is ``Role/inactive``, and has problems.
    public var effectiveRole: Role {
        let words = Set([role, intent]).subtracting([""])
        guard let word = words.first else { return roleByState }
        return words.count == 1 ? Role(rawValue: word) ?? .inactive : .inactive
    }

    /// What the root is for in version 1.2, where one that says nothing signs.
    private var roleByState: Role {
        switch state {
        case "validatingRollout", "validatingRollback": .passive
        // The original puts what is inactive into effect again when it starts.
        case "inactive", "error": .inactive
        default: .active
        }
    }
}

extension MeshRootCertificate: Decodable {
    private enum Key: String, CodingKey { case metadata, spec, status }
    private enum SpecKey: String, CodingKey { case trustDomain, role, intent, spiffeEnabled, provider }
    private enum StatusKey: String, CodingKey { case state }

    /// Reads a MeshRootCertificate of `config.openservicemesh.io/v1alpha2`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        // A status is free in form: one that is not as expected says nothing.
        let status = try? fields.object(.status, StatusKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            trustDomain: try spec?.value(.trustDomain) ?? Self.usualTrustDomain, role: try spec?.value(.role) ?? "",
            intent: try spec?.value(.intent) ?? "", state: (try? status?.value(.state)) ?? "",
            spiffeEnabled: try spec?.value(.spiffeEnabled) ?? false, provider: try spec?.value(.provider) ?? Provider())
    }
}
