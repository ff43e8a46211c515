internal import CryptoExtras
public import FoundationEssentials
internal import SwiftASN1
internal import X509

extension IssuedCertificate {
    /// What an issuer elsewhere answered, if it is what was asked for.
    ///
    /// The first certificate is the holder's: it has the key, the names that were asked for and no others, may be used by
    /// clients and servers, is no authority, is valid now, and leads to the root by those that follow it. The root itself
    /// is left out of the chain.
    ///
    /// - Parameters:
    ///   - chainPEM: The certificates in PEM form, the holder's first.
    ///   - privateKeyPEM: Its key in PEM form: PKCS#8, PKCS#1 or SEC 1.
    ///   - request: What was asked for.
    ///   - root: Where it must lead.
    ///   - now: The time.
    /// - Throws: `IssuerFailure` with the code `malformed`, or `wrongRoot`; its message never holds the key.
    public init(
        checking chainPEM: String, privateKeyPEM: String, of request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) {
        let holder = "\(request.holder)"
        func refusal(_ what: String, _ code: IssuerFailure.Code = .malformed) -> IssuerFailure {
            IssuerFailure(code, "the issuer's certificate for \(holder) \(what)")
        }
        let chain = try IssuerRoot.certificates(in: chainPEM, of: "the issuer's certificate for \(holder)")
        guard let leaf = chain.first, chain.count <= 10 else { throw refusal("is \(chain.count) certificates") }
        // What a parser complains of may quote what it read.
        guard privateKeyPEM.utf8.count <= IssuerRoot.limit, let document = try? PEMDocument(pemString: privateKeyPEM),
            let key = try? Certificate.PrivateKey(pemDocument: document),
            let keyPEM = try? key.pkcs8PEM
        else { throw refusal("has a private key that cannot be read") }
        guard key.publicKey == leaf.publicKey else { throw refusal("has the key of another") }
        if case .isCertificateAuthority? = try? leaf.extensions.basicConstraints {
            throw refusal("may sign others: use a role that issues leaves")
        }
        try Self.check(names: leaf, request, refusal)
        try Self.check(use: leaf, now, refusal)
        let intermediates = chain.dropFirst().filter { $0 != root.certificate && $0.issuer != $0.subject }
        var verifier = Verifier(rootCertificates: CertificateStore([root.certificate])) { RFC5280Policy() }
        guard
            case .validCertificate = await verifier.validate(
                leaf: leaf, intermediates: CertificateStore(intermediates))
        else {
            throw refusal(
                "does not lead to the root `\(root.certificate.subject)` (\(root.id)) that pods trust: `\(leaf.issuer)`"
                    + " signed it. A new root needs a MeshRootCertificate of its own", .wrongRoot)
        }
        guard let chainPEM = try? ([leaf] + intermediates).map({ try $0.serializeAsPEM().pemString + "\n" })
        else { throw refusal("cannot be written") }
        self.init(
            certificateChainPEM: chainPEM.joined(), privateKeyPEM: keyPEM, notBefore: leaf.notValidBefore,
            notAfter: min(leaf.notValidAfter, root.notAfter),
            serial: CertificateAuthority.hexadecimal(leaf.serialNumber.bytes))
    }

    private static func check(
        names leaf: Certificate, _ request: LeafRequest, _ refusal: (String, IssuerFailure.Code) -> IssuerFailure
    ) throws(IssuerFailure) {
        guard
            let wanted = try?
                (request.dnsNames.map { GeneralName.dnsName($0) }
                + request.uris.map { GeneralName.uniformResourceIdentifier($0) })
        else { throw refusal("was asked for by names that nobody can have", .malformed) }
        let names = (try? leaf.extensions.subjectAlternativeNames).map { Array($0) } ?? []
        guard Set(names) == Set(wanted) else {
            throw refusal(
                "has the names \(names.map { "\($0)" }.sorted()), not those asked for: see the issuer's role",
                .malformed)
        }
    }

    private static func check(
        use leaf: Certificate, _ now: Date, _ refusal: (String, IssuerFailure.Code) -> IssuerFailure
    ) throws(IssuerFailure) {
        if let usage = try? leaf.extensions.extendedKeyUsage {
            guard usage.contains(.clientAuth), usage.contains(.serverAuth) else {
                throw refusal("is not for clients and servers both: see the issuer's role", .malformed)
            }
        }
        guard leaf.notValidAfter > now else {
            throw refusal("was valid until \(leaf.notValidAfter.formatted(.iso8601)): check the clocks", .malformed)
        }
        guard leaf.notValidBefore <= now else {
            throw refusal(
                "is valid only from \(leaf.notValidBefore.formatted(.iso8601)): check the clocks", .malformed)
        }
    }
}

extension Certificate.PrivateKey {
    /// The key as PKCS#8, in PEM form.
    fileprivate var pkcs8PEM: String {
        get throws { try PEMDocument(type: "PRIVATE KEY", derBytes: pkcs8DER).pemString + "\n" }
    }

    /// The key as PKCS#8.
    var pkcs8DER: [UInt8] {
        get throws {
            let pem = try serializeAsPEM()
            // The library writes keys of RSA in their own form.
            guard pem.discriminator == "RSA PRIVATE KEY" else { return pem.derBytes }
            let key = try _RSA.Signing.PrivateKey(derRepresentation: pem.derBytes)
            return try PEMDocument(pemString: key.pkcs8PEMRepresentation).derBytes
        }
    }
}
