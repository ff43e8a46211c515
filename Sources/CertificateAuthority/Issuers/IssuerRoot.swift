internal import Crypto
internal import CryptoExtras
public import FoundationEssentials
internal import SwiftASN1
internal import X509

/// The certificate to which everything leads that an issuer signs, as pods trust it.
///
/// It may be an intermediate of a larger hierarchy: pods trust it alone, and nothing else that is below the same root.
public struct IssuerRoot: Hashable, Sendable {
    /// The certificate in PEM form.
    public let pem: String
    /// A short digest of its public key, as ``CertificateAuthority/identifier``.
    public let id: String
    /// Until when it is valid.
    public let notAfter: Date

    let certificate: Certificate

    /// The longest PEM text of an issuer that is read.
    static let limit = 256 * 1024

    /// The root of an authority that the controller holds.
    ///
    /// - Throws: `IssuerFailure` with the code `unusableRoot`.
    public init(_ authority: CertificateAuthority, now: Date) throws(IssuerFailure) {
        try self.init(pem: authority.rootPEM, now: now)
    }

    /// A root from its certificate.
    ///
    /// - Throws: `IssuerFailure` with the code `unusableRoot`: for what is no certificate or several, may not sign
    ///   others, is not valid now, or has a weak key.
    public init(pem: String, now: Date) throws(IssuerFailure) {
        let certificates: [Certificate]
        do { certificates = try Self.certificates(in: pem, of: "the issuer's root") } catch {
            throw IssuerFailure(.unusableRoot, error.message)
        }
        guard certificates.count == 1, let certificate = certificates.first else {
            throw IssuerFailure(
                .unusableRoot, "the issuer's root is \(certificates.count) certificates: give exactly one")
        }
        try self.init(certificate, now: now)
    }

    init(_ certificate: Certificate, now: Date) throws(IssuerFailure) {
        func refusal(_ what: String) -> IssuerFailure {
            IssuerFailure(.unusableRoot, "the issuer's root, `\(certificate.subject)`, \(what)")
        }
        guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else {
            throw refusal("may not sign others: use the certificate of an authority")
        }
        if let usage = try? certificate.extensions.keyUsage, !usage.keyCertSign {
            throw refusal("may not sign certificates (key usage): use another")
        }
        guard Self.isStrong(certificate.publicKey) else {
            throw refusal("has a weak key: use ECDSA P-256 or P-384, or RSA of 2048 bits and more")
        }
        guard now < certificate.notValidAfter else {
            throw refusal("was valid until \(certificate.notValidAfter.formatted(.iso8601)): replace it")
        }
        guard now >= certificate.notValidBefore else {
            throw refusal("is valid only from \(certificate.notValidBefore.formatted(.iso8601)): check the clocks")
        }
        guard let pem = try? certificate.serializeAsPEM().pemString else { throw refusal("cannot be written") }
        self.pem = pem + "\n"
        self.certificate = certificate
        notAfter = certificate.notValidAfter
        id = CertificateAuthority.digest(of: certificate.publicKey.subjectPublicKeyInfoBytes, bytes: 8)
    }

    /// The subject of the certificate in a PEM text, valid or not; `nil` for what is none.
    public static func subject(ofPEM pem: String) -> String? {
        (try? Certificate(pemEncoded: pem)).map { "\($0.subject)" }
    }

    /// The certificates in a PEM text, in its order.
    ///
    /// - Throws: `IssuerFailure` with the code `malformed`.
    static func certificates(in pem: String, of what: String) throws(IssuerFailure) -> [Certificate] {
        guard pem.utf8.count <= limit, let documents = try? PEMDocument.parseMultiple(pemString: pem) else {
            throw IssuerFailure(.malformed, "\(what) is no text of certificates in PEM form")
        }
        var certificates: [Certificate] = []
        for document in documents {
            guard let certificate = try? Certificate(pemDocument: document) else {
                throw IssuerFailure(
                    .malformed,
                    "\(what) holds something that is no certificate with a key of ECDSA, or of RSA with 2048 bits and more"
                )
            }
            certificates.append(certificate)
        }
        return certificates
    }

    /// Whether Envoy takes a key of an authority.
    private static func isStrong(_ key: Certificate.PublicKey) -> Bool {
        if P256.Signing.PublicKey(key) != nil || P384.Signing.PublicKey(key) != nil { return true }
        return _RSA.Signing.PublicKey(key).map { (2048...8192).contains($0.keySizeInBits) } ?? false
    }
}
