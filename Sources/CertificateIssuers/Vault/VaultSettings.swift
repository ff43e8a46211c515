internal import CertificateAuthority

/// Where a Vault is, and how it issues.
public struct VaultSettings: Hashable, Sendable {
    /// How it is reached.
    public enum Scheme: String, Hashable, Sendable {
        /// In clear: the token and the keys can be read on the way.
        case http
        /// With TLS.
        case https
    }

    /// Who makes the keys.
    public enum Method: String, Hashable, Sendable {
        /// Vault, which sends them with the certificates (`pki/issue`): what roles and policies of the original allow.
        case issue
        /// The controller (`pki/sign`); the role must allow keys of ECDSA P-256.
        case sign
    }

    /// How it is reached.
    public var scheme: Scheme
    /// Its name or address.
    public var host: String
    /// Its port.
    public var port: Int
    /// The path where its engine for certificates is mounted.
    public var mount: String
    /// The role under which it issues.
    public var role: String
    /// Who makes the keys.
    public var method: Method
    /// Whom to trust with its own certificate, in PEM form; `nil` for whom the machine trusts.
    public var authoritiesPEM: String?

    /// The settings; the mount is the original's.
    public init(
        scheme: Scheme = .http, host: String, port: Int = 8200, mount: String = "pki", role: String,
        method: Method = .issue, authoritiesPEM: String? = nil
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.mount = mount
        self.role = role
        self.method = method
        self.authoritiesPEM = authoritiesPEM
    }

    /// What precedes every path.
    ///
    /// - Throws: `IssuerFailure` with the code `configuration`.
    var base: String {
        get throws(IssuerFailure) {
            guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "/?#@%[]".contains($0) }) else {
                throw IssuerFailure(.configuration, "Vault's host `\(host)` is no name and no address")
            }
            guard (1...65_535).contains(port) else {
                throw IssuerFailure(.configuration, "Vault's port \(port) is none: use one of 1 to 65535")
            }
            let segments = Self.segments(mount)
            guard !segments.isEmpty, !(segments + [role]).contains(where: { ["", ".", ".."].contains($0) }) else {
                throw IssuerFailure(
                    .configuration, "Vault's role `\(role)`, or the mount of its engine, `\(mount)`, is no name")
            }
            return "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// The path of the questions for certificates, without the version of the API.
    var issuingPath: String {
        (Self.segments(mount) + [method.rawValue, role]).map(Self.encoded).joined(separator: "/")
    }

    /// What messages call it.
    var name: String { "Vault at \(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static func segments(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    private static func encoded(_ segment: String) -> String {
        segment.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            if byte < 0x80, scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar) {
                return String(scalar)
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
