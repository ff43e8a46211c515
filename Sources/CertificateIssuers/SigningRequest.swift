internal import CertificateAuthority
internal import Crypto
internal import SwiftASN1
internal import X509

/// A new key, and what is sent to have it signed.
///
/// Prints as `[redacted]` where its key would show.
struct SigningRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The request (PKCS#10) in PEM form.
    let pem: String
    /// The key in PEM form (PKCS#8).
    let privateKeyPEM: String

    var description: String { "signing request, key [redacted]" }

    var customMirror: Mirror { Mirror(self, children: ["privateKeyPEM": "[redacted]"]) }

    /// A key of ECDSA P-256 and a request for the names that somebody is to have.
    ///
    /// It asks for names alone: issuers compare usages that a request names with what they are asked for beside it.
    ///
    /// - Throws: `IssuerFailure` with the code `refused` where nobody can have such names.
    init(_ request: LeafRequest) throws(IssuerFailure) {
        let key = P256.Signing.PrivateKey()
        do {
            let commonName = try request.commonName
            let subject = try DistinguishedName { CommonName(commonName) }
            let names =
                try request.dnsNames.map { GeneralName.dnsName($0) }
                + request.uris.map { GeneralName.uniformResourceIdentifier($0) }
            let extensions = try Certificate.Extensions { SubjectAlternativeNames(names) }
            let signed = try CertificateSigningRequest(
                version: .v1, subject: subject, privateKey: Certificate.PrivateKey(key),
                attributes: CertificateSigningRequest.Attributes([
                    CertificateSigningRequest.Attribute(ExtensionRequest(extensions: extensions))
                ]))
            pem = try signed.serializeAsPEM().pemString + "\n"
        } catch let error as CertificateAuthorityError {
            throw IssuerFailure(.refused, error.message)
        } catch {
            throw IssuerFailure(.refused, "the request for \(request.holder) could not be made")
        }
        privateKeyPEM = key.pemRepresentation + "\n"
    }
}
