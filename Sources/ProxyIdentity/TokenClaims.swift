internal import JWTKit

/// What a token says: the claims of the API server's tokens that are bound to a pod.
struct TokenClaims: Hashable, Sendable {
    /// The objects that a token is bound to; it is void once one of them is gone.
    struct Binding: Hashable, Sendable, Codable {
        /// An object by its name and uid.
        struct Object: Hashable, Sendable, Codable {
            let name: String
            let uid: String
        }

        let namespace: String
        let pod: Object
        let serviceaccount: Object
    }

    /// Who made it.
    let issuer: String
    /// Whom it is meant for.
    let audiences: [String]
    /// `system:serviceaccount:<namespace>:<account>`.
    let subject: String
    /// When it was made, in seconds since 1970.
    let issuedAt: Double?
    /// When it starts to be valid, in seconds since 1970.
    let notBefore: Double?
    /// When it ends to be valid, in seconds since 1970.
    let expiry: Double
    /// What it is bound to.
    let binding: Binding

    /// The subject of the tokens of a ServiceAccount.
    static func subject(namespace: String, serviceAccount: String) -> String {
        "system:serviceaccount:\(namespace):\(serviceAccount)"
    }
}

extension TokenClaims: JWTPayload {
    private enum Key: String, CodingKey {
        case aud, exp, iat, iss, nbf, sub
        case binding = "kubernetes.io"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        issuer = try fields.decode(String.self, forKey: .iss)
        // One audience may stand without its list.
        let audience = try? fields.decode(String.self, forKey: .aud)
        audiences = try audience.map { [$0] } ?? fields.decode([String].self, forKey: .aud)
        subject = try fields.decode(String.self, forKey: .sub)
        issuedAt = try fields.decodeIfPresent(Double.self, forKey: .iat)
        notBefore = try fields.decodeIfPresent(Double.self, forKey: .nbf)
        expiry = try fields.decode(Double.self, forKey: .exp)
        binding = try fields.decode(Binding.self, forKey: .binding)
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(issuer, forKey: .iss)
        try fields.encode(audiences, forKey: .aud)
        try fields.encode(subject, forKey: .sub)
        try fields.encodeIfPresent(issuedAt.map { Int64($0) }, forKey: .iat)
        try fields.encodeIfPresent(notBefore.map { Int64($0) }, forKey: .nbf)
        try fields.encode(Int64(expiry), forKey: .exp)
        try fields.encode(binding, forKey: .binding)
    }

    /// Nothing: `ProxyTokenVerifier` decides, at a time that it is given.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}
