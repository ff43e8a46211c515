internal import FoundationEssentials

/// A signed token taken apart; nothing in it is to be believed before its signature was verified.
struct BearerToken: Sendable {
    /// Longer than any token of the API server's.
    static let lengthLimit = 16 * 1024

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let crit: [String]?
    }

    /// How it says that it is signed.
    let algorithm: String
    /// The key that it says it is signed with.
    let keyID: String
    /// What is signed.
    let message: [UInt8]
    let signature: [UInt8]
    private let payload: [UInt8]

    /// A token taken apart.
    ///
    /// - Throws: `ProxyIdentityError` with the code `tooLong` or `malformed`.
    init(_ text: String) throws {
        guard text.utf8.count <= Self.lengthLimit else {
            throw ProxyIdentityError(
                .tooLong, "a token has at most \(Self.lengthLimit) bytes, this has \(text.utf8.count)")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.bytes(base64URL: parts[0]),
            let payload = Self.bytes(base64URL: parts[1]),
            let signature = Self.bytes(base64URL: parts[2]),
            let fields = try? JSONDecoder().decode(Header.self, from: Data(header))
        else { throw ProxyIdentityError(.malformed, "this is no signed token (JWS, compact serialization)") }
        guard fields.crit == nil else {
            throw ProxyIdentityError(.malformed, "the token has critical extensions, and none is known here")
        }
        guard let keyID = fields.kid, !keyID.isEmpty else {
            throw ProxyIdentityError(.malformed, "the token does not say which key signed it")
        }
        algorithm = fields.alg
        self.keyID = keyID
        self.payload = payload
        self.signature = signature
        message = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
    }

    /// The claims; to be called once the signature was verified.
    ///
    /// - Throws: `ProxyIdentityError` with the code `malformed`.
    func claims() throws -> TokenClaims {
        do {
            return try JSONDecoder().decode(TokenClaims.self, from: Data(payload))
        } catch {
            throw ProxyIdentityError(
                .malformed,
                "the token is not bound to a pod and its ServiceAccount: use a projected service account token")
        }
    }

    /// The bytes that a text stands for; `nil` unless it is base64url without padding.
    private static func bytes(base64URL text: Substring.UTF8View) -> [UInt8]? {
        var characters: [UInt8] = []
        characters.reserveCapacity(text.count + 3)
        for character in text {
            switch character {
            case UInt8(ascii: "-"): characters.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): characters.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: characters.append(character)
            }
        }
        while !characters.count.isMultiple(of: 4) { characters.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(characters)).map { Array($0) }
    }
}
