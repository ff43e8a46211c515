internal import JWTKit

/// The public keys that tokens may be signed with.
public protocol TokenKeySet: Sendable {
    /// The keys.
    ///
    /// - Parameter refreshing: Whether a token named a key that is not among those known so far. Anybody can make such
    ///   a token, so a set that asks somebody else for its keys limits how often it does.
    /// - Throws: What kept it from having any.
    func keys(refreshing: Bool) async throws -> [TokenKey]
}

/// A public key that tokens may be signed with.
///
/// How a token is verified follows from the key's type alone: ECDSA P-256 is `ES256`, RSA is `RS256`.
public struct TokenKey: Sendable {
    enum Material: Sendable {
        case ecdsaP256(ES256PublicKey)
        case rsa(Insecure.RSA.PublicKey)
    }

    /// The key's id, as tokens name it.
    public let id: String
    let material: Material

    init(id: String, material: Material) {
        self.id = id
        self.material = material
    }

    /// The only value of `alg` that tokens signed with this key may have.
    public var algorithm: String {
        switch material {
        case .ecdsaP256: "ES256"
        case .rsa: "RS256"
        }
    }

    /// Whether the key signed a message.
    func isValidSignature(_ signature: [UInt8], of message: [UInt8]) async throws -> Bool {
        let keys = JWTKeyCollection()
        switch material {
        case .ecdsaP256(let key): await keys.add(ecdsa: key)
        case .rsa(let key): await keys.add(rsa: key, digestAlgorithm: .sha256)
        }
        return try await keys.getKey().verify(signature, signs: message)
    }
}
