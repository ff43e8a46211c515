internal import FoundationEssentials
internal import JWTKit

/// The keys of a JSON Web Key Set, such as the API server's: those for signatures with `RS256` or `ES256`.
///
/// Keys of other types and uses are left out. It never changes, so a refresh finds the same keys.
public struct JSONWebKeySet: TokenKeySet {
    private struct Document: Decodable { let keys: [Entry] }

    /// A key as written; every field is optional, so that one odd key does not hide the others.
    private struct Entry: Decodable {
        enum Key: String, CodingKey { case kty, kid, alg, use, crv, x, y, n, e }

        let fields: [Key: String]

        init(from decoder: any Decoder) throws {
            guard let container = try? decoder.container(keyedBy: Key.self) else {
                fields = [:]
                return
            }
            var fields: [Key: String] = [:]
            for key in container.allKeys { fields[key] = try? container.decode(String.self, forKey: key) }
            self.fields = fields
        }

        var material: TokenKey.Material? {
            guard fields[.use] ?? "sig" == "sig" else { return nil }
            switch (fields[.kty], fields[.alg]) {
            case ("EC", nil), ("EC", "ES256"):
                guard fields[.crv] == "P-256", let x = fields[.x], let y = fields[.y] else { return nil }
                return (try? ES256PublicKey(parameters: (x: x, y: y))).map { .ecdsaP256($0) }
            case ("RSA", nil), ("RSA", "RS256"):
                guard let modulus = fields[.n], let exponent = fields[.e] else { return nil }
                return (try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)).map { .rsa($0) }
            default: return nil
            }
        }
    }

    let keys: [TokenKey]

    /// The keys of a set in JSON.
    ///
    /// - Throws: `ProxyIdentityError` with the code `keySet` if it is no set, or has no key that can be used.
    public init(_ text: String) throws {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)) else {
            throw ProxyIdentityError(.keySet, "the key set is no JSON Web Key Set: look at what serves it")
        }
        keys = document.keys.compactMap { entry in
            guard let id = entry.fields[.kid], !id.isEmpty, let material = entry.material else { return nil }
            return TokenKey(id: id, material: material)
        }
        guard !keys.isEmpty else {
            throw ProxyIdentityError(
                .keySet,
                "none of the \(document.keys.count) keys of the key set is an RSA or P-256 key for signatures with an"
                    + " id: look at what serves it")
        }
    }

    /// The keys, always the same.
    public func keys(refreshing: Bool) async throws -> [TokenKey] { keys }
}
