import Crypto
import Foundation

/// A token of which parts were exchanged.
struct HostileToken {
    private var header: [String: Any]
    private var claims: [String: Any]
    private let signature: String

    /// Takes a genuine token apart.
    init(_ genuine: String) throws {
        let parts = genuine.split(separator: ".").map(String.init)
        guard parts.count == 3 else { throw CocoaError(.coderInvalidValue) }
        header = try Self.object(parts[0])
        claims = try Self.object(parts[1])
        signature = parts[2]
    }

    /// With another value in the header.
    func header(_ name: String, _ value: String) -> HostileToken {
        var copy = self
        copy.header[name] = value
        return copy
    }

    /// With another claim.
    func claim(_ name: String, _ value: Any) -> HostileToken {
        var copy = self
        copy.claims[name] = value
        return copy
    }

    /// Signed with a key.
    func signed(_ key: P256.Signing.PrivateKey) throws -> String {
        let message = try message()
        return try message + "." + Self.text(key.signature(for: Data(message.utf8)).rawRepresentation)
    }

    /// With a code that whoever knows a key's public half could make.
    func authenticated(_ publicKey: Data) throws -> String {
        let message = try message()
        let code = HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: SymmetricKey(data: publicKey))
        return message + "." + Self.text(Data(code))
    }

    /// With the signature that the genuine token had.
    func withFormerSignature() throws -> String { try message() + "." + signature }

    /// Without any signature.
    func unsigned() throws -> String { try message() + "." }

    private func message() throws -> String {
        try [header, claims].map { try Self.text(JSONSerialization.data(withJSONObject: $0)) }.joined(separator: ".")
    }

    private static func text(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func object(_ text: String) throws -> [String: Any] {
        var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let bytes = Data(base64Encoded: base64),
            let object = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
        else { throw CocoaError(.coderInvalidValue) }
        return object
    }
}
