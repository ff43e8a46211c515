internal import Crypto
internal import CryptoExtras
public import FoundationEssentials
internal import SwiftASN1
internal import X509

extension CertificateAuthority {
    /// The root in a file, which is made first if there is none.
    ///
    /// The file holds the key and the certificate in PEM form. It is made with the mode 0600, whole or not at all, and
    /// never written to again; of several processes that start together one makes it and all use it. A file that others
    /// may read is refused, not repaired, since who could read it may have read it.
    ///
    /// - Parameters:
    ///   - path: The file; its directory must exist.
    ///   - name: The common name of a new root.
    ///   - algorithm: The key of a new root; a root that exists keeps its own.
    ///   - now: The time.
    /// - Throws: `CertificateAuthorityError` with the code `file`, `root` or `validity`, the file in its message.
    public static func loadOrCreate(
        at path: String, name: String, algorithm: KeyAlgorithm = .ecdsaP256, now: Date
    ) throws -> CertificateAuthority {
        let contents: String
        do {
            contents = try PrivateFile(path: path).contents {
                let authority = try make(name: name, algorithm: algorithm, now: now)
                return try authority.key.serializeAsPEM().pemString + "\n" + authority.rootPEM
            }
        } catch let failure as PrivateFile.Failure {
            throw CertificateAuthorityError(.file, failure.description)
        }
        return try read(contents, from: path, now: now)
    }

    /// The root that a text stands for: one certificate and its private key, both in PEM form.
    ///
    /// - Parameters:
    ///   - source: Where the text is from, for errors, such as `Secret osm-system/osm-ca-bundle`.
    ///   - now: The time at which it must be valid; `nil` for any.
    /// - Throws: As ``loadOrCreate(at:name:algorithm:now:)``.
    public static func read(pem: String, source: String, now: Date?) throws -> CertificateAuthority {
        try read(pem, from: source, now: now)
    }

    /// A new root, and its private key in PEM form for whoever keeps it.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name` or `issuing`.
    public static func create(
        name: String, algorithm: KeyAlgorithm = .ecdsaP256, now: Date
    ) throws -> (authority: CertificateAuthority, privateKeyPEM: String) {
        let authority = try make(name: name, algorithm: algorithm, now: now)
        return (authority, try authority.key.serializeAsPEM().pemString + "\n")
    }

    /// The root in a file; `nil` if there is none.
    ///
    /// - Parameter now: The time at which it must be valid; `nil` for any.
    /// - Throws: As ``loadOrCreate(at:name:algorithm:now:)``.
    static func load(at path: String, now: Date?) throws -> CertificateAuthority? {
        do {
            return try PrivateFile(path: path).read().map { try read($0, from: path, now: now) }
        } catch let failure as PrivateFile.Failure {
            throw CertificateAuthorityError(.file, failure.description)
        }
    }

    /// The root that the contents of a file stand for.
    private static func read(_ contents: String, from path: String, now: Date?) throws -> CertificateAuthority {
        func refusal(_ code: CertificateAuthorityError.Code, _ what: String) -> CertificateAuthorityError {
            CertificateAuthorityError(code, "\(path) \(what): restore it, or move it away and a new root is made")
        }
        // What a parser complains of may quote what it read, so no cause is passed on.
        guard let documents = try? PEMDocument.parseMultiple(pemString: contents) else {
            throw refusal(.root, "is damaged")
        }
        let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
        let keys = documents.filter { $0.discriminator.hasSuffix("PRIVATE KEY") }
        guard certificates.count == 1, keys.count == 1, documents.count == 2, let document = keys.first else {
            throw refusal(.root, "does not hold one certificate and one private key in PEM form")
        }
        guard let key = try? Certificate.PrivateKey(pemDocument: document) else {
            throw refusal(.root, "holds a private key that cannot be read")
        }
        guard let encoded = certificates.first?.derBytes, isStrict(encoded),
            let root = try? Certificate(derEncoded: encoded)
        else {
            throw refusal(.root, "holds a certificate that cannot be read")
        }
        guard KeyAlgorithm.accepts(key.publicKey) else {
            throw refusal(.root, "holds a key that is neither ECDSA P-256 nor RSA of 2048 to 4096 bits")
        }
        guard root.publicKey == key.publicKey else {
            throw refusal(.root, "holds a key and a certificate that do not belong together")
        }
        guard case .isCertificateAuthority? = try? root.extensions.basicConstraints,
            let usage = try? root.extensions.keyUsage, usage.keyCertSign
        else { throw refusal(.root, "holds a certificate that may not sign others") }
        guard root.issuer == root.subject, root.publicKey.isValidSignature(root.signature, for: root) else {
            throw refusal(.root, "holds a certificate that is not signed by its own key")
        }
        guard let now else { return try CertificateAuthority(root: root, key: key) }
        guard now >= root.notValidBefore else {
            throw CertificateAuthorityError(
                .validity,
                "\(path) holds a root that is valid only from \(text(root.notValidBefore)): set the clock, or move"
                    + " the file away and a new root is made")
        }
        guard now < root.notValidAfter else {
            throw CertificateAuthorityError(
                .validity,
                "\(path) holds a root that was valid until \(text(root.notValidAfter)): set the clock if it is wrong,"
                    + " or move the file away and a new root is made")
        }
        return try CertificateAuthority(root: root, key: key)
    }

    /// Whether the part of a certificate that its signature does not cover is as proxies demand it.
    ///
    /// The parser takes an algorithm that differs from the signed one, and a signature that is not whole bytes.
    private static func isStrict(_ certificate: [UInt8]) -> Bool {
        guard let parts = elements(try? DER.parse(certificate)), parts.count == 3,
            let signed = elements(parts[0]), signed.count > 2, let signature = try? ASN1BitString(derEncoded: parts[2])
        else { return false }
        return signed[2].encodedBytes == parts[1].encodedBytes && signature.paddingBits == 0
    }

    private static func elements(_ node: ASN1Node?) -> [ASN1Node]? {
        guard case .constructed(let nodes)? = node?.content else { return nil }
        return Array(nodes)
    }

    private static func text(_ time: Date) -> String { time.formatted(.iso8601) }
}
