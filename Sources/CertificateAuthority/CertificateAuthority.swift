internal import Crypto
internal import CryptoExtras
public import FoundationEssentials
internal import SwiftASN1
internal import X509

/// A self-made root and what it signs.
///
/// The root of the workloads and the one of the control plane's own servers are two of these, each with its own file.
public struct CertificateAuthority: Sendable {
    /// How long a new root is valid: ten years.
    static let rootValidity: TimeInterval = 87_600 * 3600
    /// How far the clocks of those who verify may be behind.
    static let clockSkew: TimeInterval = 300

    /// The root in PEM form, as a trust bundle holds it.
    public let rootPEM: String
    /// A short digest of the root's public key: the same for all who hold this root, another for every other root.
    public let identifier: String
    /// Until when the root is valid; nothing that it signs is valid longer.
    public let notAfter: Date

    let root: Certificate
    let key: Certificate.PrivateKey

    /// An authority from its root and key, which must belong together.
    init(root: Certificate, key: Certificate.PrivateKey) throws {
        self.root = root
        self.key = key
        rootPEM = try root.serializeAsPEM().pemString + "\n"
        notAfter = root.notValidAfter
        identifier = Self.digest(of: key.publicKey.subjectPublicKeyInfoBytes, bytes: 8)
    }

    /// Whether no more than a third of its life remains.
    public func isInLastThird(at now: Date) -> Bool {
        now >= notAfter.addingTimeInterval(-notAfter.timeIntervalSince(root.notValidBefore) / 3)
    }

    /// A new root.
    static func make(name: String, algorithm: KeyAlgorithm, now: Date) throws -> CertificateAuthority {
        guard (1...64).contains(name.utf8.count) else {
            throw CertificateAuthorityError(
                .name, "`\(name)` cannot be the name of a root: choose one of 1 to 64 bytes")
        }
        do {
            let key = try algorithm.makeKey()
            let subject = try DistinguishedName {
                CommonName(name)
                OrganizationName("Open Service Mesh")
            }
            let start = wholeSeconds(now)
            let root = try Certificate(
                version: .v3, serialNumber: randomSerialNumber(), publicKey: key.publicKey,
                notValidBefore: start.addingTimeInterval(-clockSkew),
                notValidAfter: start.addingTimeInterval(rootValidity),
                issuer: subject, subject: subject,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: key.publicKey)
                }, issuerPrivateKey: key)
            return try CertificateAuthority(root: root, key: key)
        } catch {
            throw CertificateAuthorityError(.issuing, "the root `\(name)` could not be made", cause: error)
        }
    }

    /// Random, positive and of 128 bits, so that no two are ever alike.
    static func randomSerialNumber() -> Certificate.SerialNumber {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...UInt8.max) }
        bytes[0] = bytes[0] & 0x7F | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }

    /// The time without its fraction, since certificates know none.
    static func wholeSeconds(_ time: Date) -> Date {
        Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
    }

    /// The first bytes of the SHA-256 digest in hexadecimal digits.
    static func digest(of bytes: some Sequence<UInt8>, bytes count: Int) -> String {
        hexadecimal(SHA256.hash(data: Array(bytes)).prefix(count))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
