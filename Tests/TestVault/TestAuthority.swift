import Crypto
import Foundation
import SwiftASN1
import X509

/// An authority that a service elsewhere has, made without the product: a root, and the certificate that issues.
struct TestAuthority: Sendable {
    /// What a certificate is to be.
    struct Leaf {
        var commonName = "leaf"
        var names: [GeneralName]
        var usages: [ExtendedKeyUsage.Usage]? = [.clientAuth, .serverAuth]
        var isAuthority = false
        var begins: TimeInterval = -30
        var lasts: TimeInterval = 3600
    }

    let root: Certificate
    /// The certificate that issues: an intermediate, or the root itself.
    let issuer: Certificate
    private let key: Certificate.PrivateKey

    init(
        _ name: String = "test", key: P256.Signing.PrivateKey = .init(), hasIntermediate: Bool = false,
        lasts: TimeInterval = 86_400
    ) throws {
        let rootKey = Certificate.PrivateKey(key)
        let leaf = Leaf(commonName: "\(name) root", names: [], usages: nil, isAuthority: true, lasts: lasts)
        root = try Self.certificate(leaf, rootKey.publicKey, DistinguishedName { CommonName("\(name) root") }, rootKey)
        guard hasIntermediate else {
            (issuer, self.key) = (root, rootKey)
            return
        }
        self.key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let middle = Leaf(commonName: "\(name) middle", names: [], usages: nil, isAuthority: true, lasts: lasts)
        issuer = try Self.certificate(middle, self.key.publicKey, root.subject, rootKey)
    }

    /// The issuing certificate, then those above it.
    var chain: [Certificate] { issuer == root ? [root] : [issuer, root] }

    func issue(_ leaf: Leaf, to key: Certificate.PublicKey) throws -> Certificate {
        try Self.certificate(leaf, key, issuer.subject, self.key)
    }

    private static func certificate(
        _ leaf: Leaf, _ publicKey: Certificate.PublicKey, _ issuer: DistinguishedName, _ key: Certificate.PrivateKey
    ) throws -> Certificate {
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(leaf.begins), notValidAfter: now.addingTimeInterval(leaf.lasts),
            issuer: issuer, subject: DistinguishedName { CommonName(leaf.commonName) },
            extensions: Certificate.Extensions {
                Critical(
                    leaf.isAuthority
                        ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
                if leaf.isAuthority { Critical(KeyUsage(keyCertSign: true)) }
                if let usages = leaf.usages { try ExtendedKeyUsage(usages) }
                if !leaf.names.isEmpty { SubjectAlternativeNames(leaf.names) }
            }, issuerPrivateKey: key)
    }
}

extension Certificate {
    var pem: String { get throws { try serializeAsPEM().pemString + "\n" } }

    /// The certificates in a text.
    static func all(in pem: String) throws -> [Certificate] {
        try PEMDocument.parseMultiple(pemString: pem).map { try Certificate(pemDocument: $0) }
    }

    /// The names beside the subject.
    var names: [GeneralName] { get throws { try extensions.subjectAlternativeNames.map { Array($0) } ?? [] } }
}

extension CertificateSigningRequest {
    /// The names that it asks for.
    var names: [GeneralName] {
        get throws {
            guard let attribute = attributes[oid: .CSRAttributes.extensionRequest] else { return [] }
            return try ExtensionRequest(attribute).extensions.subjectAlternativeNames.map { Array($0) } ?? []
        }
    }

    /// The common name that it asks for.
    var commonName: String? {
        subject.flatMap { Array($0) }.first { $0.type == .RDNAttributeType.commonName }
            .flatMap { String($0.value) }
    }
}
