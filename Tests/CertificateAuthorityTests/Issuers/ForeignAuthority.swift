import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// An authority as a service elsewhere would be, made without the product: a root, and an intermediate that signs.
struct ForeignAuthority {
    /// What a certificate is to be, where it is not as it should be.
    struct Leaf {
        var names: [GeneralName]
        var usages: [ExtendedKeyUsage.Usage]? = [.clientAuth, .serverAuth]
        var isAuthority = false
        var begins: TimeInterval = -60
        var lasts: TimeInterval = 3600
    }

    let root: Certificate
    let intermediate: Certificate
    private let key = P256.Signing.PrivateKey()

    init(rootKey: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey())) throws {
        root = try Self.certificate(
            "foreign root", rootKey.publicKey, "foreign root", rootKey, isAuthority: true, names: [], usages: nil,
            begins: -3600, lasts: 86_400)
        intermediate = try Self.certificate(
            "foreign intermediate", Certificate.PublicKey(key.publicKey), "foreign root", rootKey, isAuthority: true,
            names: [], usages: nil, begins: -3600, lasts: 86_400)
    }

    /// A certificate of a key.
    func issue(_ leaf: Leaf, to key: Certificate.PrivateKey) throws -> Certificate {
        try Self.certificate(
            "leaf", key.publicKey, "foreign intermediate", Certificate.PrivateKey(self.key),
            isAuthority: leaf.isAuthority,
            names: leaf.names, usages: leaf.usages, begins: leaf.begins, lasts: leaf.lasts)
    }

    static func certificate(
        _ subject: String, _ publicKey: Certificate.PublicKey, _ issuer: String, _ key: Certificate.PrivateKey,
        isAuthority: Bool, names: [GeneralName], usages: [ExtendedKeyUsage.Usage]?, begins: TimeInterval,
        lasts: TimeInterval
    ) throws -> Certificate {
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(begins), notValidAfter: now.addingTimeInterval(lasts),
            issuer: DistinguishedName { CommonName(issuer) }, subject: DistinguishedName { CommonName(subject) },
            extensions: Certificate.Extensions {
                Critical(
                    isAuthority
                        ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
                if isAuthority { Critical(KeyUsage(keyCertSign: true)) }
                if let usages { try ExtendedKeyUsage(usages) }
                if !names.isEmpty { SubjectAlternativeNames(names) }
            }, issuerPrivateKey: key)
    }
}

extension Certificate {
    var pem: String { get throws { try serializeAsPEM().pemString + "\n" } }
}
