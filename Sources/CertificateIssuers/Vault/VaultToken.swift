public import CertificateAuthority
internal import FoundationEssentials
public import KubernetesClient
public import MeshModel

/// What opens a Vault.
///
/// Prints as `[redacted]`.
public struct VaultToken: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let value: String

    /// A token, without the white space around it that editors and shells leave.
    ///
    /// - Throws: `IssuerFailure` with the code `configuration` for what cannot be sent.
    public init(_ text: String) throws(IssuerFailure) {
        let start = text.drop(while: \.isWhitespace)
        value = String(start.reversed().drop(while: \.isWhitespace).reversed())
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), value.utf8.count <= 16 * 1024
        else {
            throw IssuerFailure(.configuration, "Vault's token is empty, or no line of ASCII: write the token alone")
        }
    }

    /// Never the token.
    public var description: String { "[redacted]" }
    /// Never the token.
    public var debugDescription: String { description }
    /// Never the token.
    public var customMirror: Mirror { Mirror(self, children: ["value": "[redacted]"]) }
}

/// Where the token of a Vault comes from.
public protocol VaultTokenSource: Sendable {
    /// The token as it is now.
    ///
    /// - Throws: `IssuerFailure`: with the code `unreachable` where it may be the same as before, and any other where
    ///   there is none.
    func token() async throws(IssuerFailure) -> VaultToken
}

/// The token in a Secret.
public struct SecretTokenSource: VaultTokenSource {
    private struct Secret: Decodable {
        let data: [String: Data]?
    }

    private let client: KubernetesClient
    private let secret: ObjectName
    private let key: String

    /// The token under a key of a Secret, which the controller must be allowed to `get`.
    public init(_ client: KubernetesClient, secret: ObjectName, key: String) {
        self.client = client
        self.secret = secret
        self.key = key
    }

    /// The token that the Secret holds now.
    public func token() async throws(IssuerFailure) -> VaultToken {
        let found: Secret?
        do {
            found = try await client.get(.secret, secret, as: Secret.self)
        } catch {
            throw IssuerFailure(kubernetes: error, doing: "reading Secret \(secret), which holds Vault's token")
        }
        guard let found else {
            throw IssuerFailure(.configuration, "Secret \(secret), which is to hold Vault's token, does not exist")
        }
        guard let bytes = found.data?[key] else {
            throw IssuerFailure(.configuration, "Secret \(secret) has no key `\(key)`, which is to hold Vault's token")
        }
        do throws(IssuerFailure) {
            return try VaultToken(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw IssuerFailure(error.code, "Secret \(secret), key `\(key)`: \(error.message)")
        }
    }
}
