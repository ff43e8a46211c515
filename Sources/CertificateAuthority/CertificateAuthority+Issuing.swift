internal import Crypto
public import FoundationEssentials
public import MeshModel
internal import SwiftASN1
internal import X509

extension CertificateAuthority {
    /// A key and certificate for a workload.
    ///
    /// It names its identity twice, as URI and as DNS name, and nothing else. It is valid from five minutes ago, so
    /// that a peer whose clock is behind takes it, and never longer than the root.
    ///
    /// - Parameters:
    ///   - identity: The ServiceAccount.
    ///   - trustDomain: The last part of its names; never one that ends in `svc`, as the control plane's names do.
    ///   - validity: How long from now; positive.
    ///   - algorithm: Of its key.
    ///   - now: The time.
    /// - Throws: `CertificateAuthorityError` with the code `name`, `validity` or `issuing`.
    public func issueWorkload(
        identity: ServiceIdentity, trustDomain: String, validity: Duration, algorithm: KeyAlgorithm = .ecdsaP256,
        now: Date
    ) throws -> IssuedCertificate {
        let names = try WorkloadNames(identity, trustDomain: trustDomain)
        return try issue(
            commonName: names.commonName, names: [.uniformResourceIdentifier(names.uri), .dnsName(names.dns)],
            usages: [.clientAuth, .serverAuth], validity: validity, algorithm: algorithm, now: now)
    }

    /// A key and certificate for a server of the control plane.
    ///
    /// - Parameters:
    ///   - dnsNames: Its names, at least one: each `<service>.<namespace>.svc`, so that no workload's certificate can
    ///     bear it.
    ///   - addresses: Addresses of this host that it is reached by too, for an API server outside the cluster's network.
    ///   - validity: How long from now; positive.
    ///   - now: The time.
    /// - Throws: `CertificateAuthorityError` with the code `name`, `validity` or `issuing`.
    public func issueServer(
        dnsNames: [String], addresses: [IPAddress] = [], validity: Duration, now: Date
    ) throws -> IssuedCertificate {
        for name in dnsNames {
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            guard WorkloadNames.isDomain(name), labels.count == 3,
                labels.last == Substring(WorkloadNames.controlPlaneDomain), labels.allSatisfy({ $0.utf8.count <= 63 })
            else {
                throw CertificateAuthorityError(
                    .name, "`\(name)` is no name of a server of the control plane: use <service>.<namespace>.svc")
            }
        }
        guard let first = dnsNames.first else {
            throw CertificateAuthorityError(.name, "a server of the control plane has at least one name")
        }
        return try issue(
            commonName: first.utf8.count <= 64 ? first : String(first.prefix { $0 != "." }),
            names: dnsNames.map { .dnsName($0) }
                + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0.bytes[...])) },
            usages: [.serverAuth], validity: validity, now: now)
    }

    /// A key and certificate for a server of one name.
    public func issueServer(dnsName: String, validity: Duration, now: Date) throws -> IssuedCertificate {
        try issueServer(dnsNames: [dnsName], validity: validity, now: now)
    }

    /// A key and certificate for a gateway that is no pod of the mesh.
    ///
    /// It bears DNS names only, as in the original, where the first of them may have the form of a workload's: the
    /// gateway is then taken for that ServiceAccount. Ask ``GatewayCertificate/account(named:trustDomains:)`` whose it is.
    ///
    /// - Parameters:
    ///   - names: Its names, at least one, in small letters; none lies below `svc`, where the control plane has its own. The
    ///     first is the common name too, where it is short enough.
    ///   - validity: How long from now; positive.
    ///   - now: The time.
    /// - Throws: `CertificateAuthorityError` with the code `name`, `validity` or `issuing`.
    public func issueGateway(names: [String], validity: Duration, now: Date) throws -> IssuedCertificate {
        let names = try GatewayNames(names)
        return try issue(
            commonName: names.commonName, names: names.dns.map { .dnsName($0) }, usages: [.clientAuth, .serverAuth],
            validity: validity, now: now)
    }

    /// A key and certificate of what is asked for, with all names, whoever holds it.
    ///
    /// - Throws: `CertificateAuthorityError`.
    func issue(
        _ request: LeafRequest, algorithm: KeyAlgorithm = .ecdsaP256, now: Date
    ) throws -> IssuedCertificate {
        switch request.holder {
        case .workload(let identity, let trustDomain, _):
            try issueWorkload(
                identity: identity, trustDomain: trustDomain, validity: request.validity, algorithm: algorithm, now: now
            )
        case .gateway(let names): try issueGateway(names: names, validity: request.validity, now: now)
        }
    }

    private func issue(
        commonName: String, names: [GeneralName], usages: [ExtendedKeyUsage.Usage], validity: Duration,
        algorithm: KeyAlgorithm = .ecdsaP256, now: Date
    ) throws -> IssuedCertificate {
        guard validity >= .seconds(1) else {
            throw CertificateAuthorityError(.validity, "a certificate cannot be valid for \(validity): make it longer")
        }
        let start = Self.wholeSeconds(now)
        guard start >= root.notValidBefore, start < root.notValidAfter else {
            throw CertificateAuthorityError(
                .validity,
                "the root is valid from \(root.notValidBefore.formatted(.iso8601)) to"
                    + " \(root.notValidAfter.formatted(.iso8601)) only: set the clock, or make a new root"
            )
        }
        let notBefore = max(start.addingTimeInterval(-Self.clockSkew), root.notValidBefore)
        let notAfter = min(
            start.addingTimeInterval(TimeInterval(validity.components.seconds)), root.notValidAfter)
        let serial = Self.randomSerialNumber()
        do {
            let (publicKey, keyDER) = try Self.makeLeafKey(algorithm)
            let certificate = try Certificate(
                version: .v3, serialNumber: serial, publicKey: publicKey, notValidBefore: notBefore,
                notValidAfter: notAfter, issuer: root.subject,
                subject: DistinguishedName {
                    CommonName(commonName)
                    OrganizationName("Open Service Mesh")
                },
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage(usages)
                    SubjectAlternativeNames(names)
                    SubjectKeyIdentifier(hash: publicKey)
                    AuthorityKeyIdentifier(keyIdentifier: rootKeyIdentifier)
                }, issuerPrivateKey: key)
            var der = DER.Serializer()
            try certificate.serialize(into: &der)
            return IssuedCertificate(
                certificateChainPEM: Self.pem("CERTIFICATE", Data(der.serializedBytes)),
                privateKeyPEM: Self.pem("PRIVATE KEY", keyDER), notBefore: notBefore,
                notAfter: notAfter,
                serial: Self.hexadecimal(serial.bytes))
        } catch {
            throw CertificateAuthorityError(
                .issuing, "the certificate of \(commonName) could not be made", cause: error)
        }
    }

    /// A key, and its form as PKCS#8.
    private static func makeLeafKey(_ algorithm: KeyAlgorithm) throws -> (Certificate.PublicKey, der: Data) {
        guard algorithm.isQuick else {
            let key = try algorithm.makeKey()
            return (key.publicKey, Data(try key.pkcs8DER))
        }
        let key = makeP256Key()
        return (Certificate.PublicKey(key.publicKey), key.derRepresentation)
    }

    /// A key: a random number of 256 bits, until it is one from 1 to below the curve's order (FIPS 186-5, A.2.2).
    ///
    /// The library's own way tries each key with a signature, and makes two on the average so that one is compact: three
    /// times as long. The number comes from the kernel (`getrandom`).
    private static func makeP256Key() -> P256.Signing.PrivateKey {
        var random = SystemRandomNumberGenerator()
        while true {
            let number = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            // All but one of 2^32 numbers are below the order.
            if let key = try? P256.Signing.PrivateKey(rawRepresentation: number) { return key }
        }
    }

    /// The text of a PEM document, in lines of 64 characters (RFC 7468).
    private static func pem(_ label: String, _ der: Data) -> String {
        let lines = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN \(label)-----\n\(lines)\n-----END \(label)-----\n"
    }

    /// How certificates refer to the root's key; a root made elsewhere may have chosen its own way.
    private var rootKeyIdentifier: ArraySlice<UInt8> {
        (try? root.extensions.subjectKeyIdentifier)?.keyIdentifier
            ?? SubjectKeyIdentifier(hash: root.publicKey).keyIdentifier
    }
}
