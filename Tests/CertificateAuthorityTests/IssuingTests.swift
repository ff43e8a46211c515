import CertificateAuthority
import Crypto
import Foundation
import MeshModel
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

@Suite("Issued certificates")
struct IssuingTests {
    static let bookbuyer = ServiceIdentity(namespace: "shop", serviceAccount: "bookbuyer")
    static let day = Duration.seconds(86_400)

    /// Whether the certificate stands under the root, by the rules of RFC 5280.
    private func stands(_ issued: IssuedCertificate, under rootPEM: String, at time: Date = now) async throws -> Bool {
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        let root = try Certificate(pemEncoded: rootPEM)
        var verifier = Verifier(rootCertificates: CertificateStore([root])) {
            RFC5280Policy(fixedExpiryValidationTime: time)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) else {
            return false
        }
        return true
    }

    /// What openssl says of a certificate for a purpose.
    private func openssl(_ issued: IssuedCertificate, root: String, purpose: String) throws -> Command.Outcome {
        let scratch = try Scratch()
        return try Command.openssl(
            "verify", "-x509_strict", "-purpose", purpose, "-attime", "1790000000", "-CAfile",
            try scratch.write(root, to: "ca.pem"), try scratch.write(issued.certificateChainPEM, to: "leaf.pem")
        ).run()
    }

    @Test("A workload's certificate stands under its root and no other", arguments: [nil, 2048, 3072, 4096])
    func chain(rsaBits: Int?) async throws {
        let algorithm = try rsaBits.map { try #require(KeyAlgorithm.rsa(bits: $0)) } ?? .ecdsaP256
        let authority = try makeAuthority(algorithm: algorithm)
        let other = try makeAuthority()
        let issued = try authority.issueWorkload(
            identity: Self.bookbuyer, trustDomain: "cluster.local", validity: Self.day, now: now)
        #expect(try await stands(issued, under: authority.rootPEM))
        #expect(try await !stands(issued, under: other.rootPEM))
        #expect(try await !stands(issued, under: authority.rootPEM, at: now.addingTimeInterval(86_401)))
        #expect(try await stands(issued, under: authority.rootPEM, at: now.addingTimeInterval(-290)))
        for purpose in ["sslclient", "sslserver"] {
            let outcome = try openssl(issued, root: authority.rootPEM, purpose: purpose)
            #expect(outcome.status == 0, "\(purpose): \(outcome.output)")
            #expect(try openssl(issued, root: other.rootPEM, purpose: purpose).status != 0)
        }
    }

    @Test("A workload's certificate has exactly the two names of its identity and may only authenticate")
    func contents() throws {
        let issued = try makeAuthority().issueWorkload(
            identity: Self.bookbuyer, trustDomain: "cluster.local", validity: Self.day, now: now)
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        #expect(
            try leaf.extensions.subjectAlternativeNames.map { Array($0) } == [
                .uniformResourceIdentifier("spiffe://cluster.local/bookbuyer/shop"),
                .dnsName("bookbuyer.shop.cluster.local"),
            ])
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
        #expect(try leaf.extensions.keyUsage == KeyUsage(digitalSignature: true))
        #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.clientAuth, .serverAuth]))
        #expect(P256.Signing.PublicKey(leaf.publicKey) != nil)
        #expect(issued.notBefore == leaf.notValidBefore)
        #expect(issued.notAfter == leaf.notValidAfter)
        #expect(issued.notAfter == Date(timeIntervalSince1970: 1_790_086_400))
        #expect(issued.notBefore == Date(timeIntervalSince1970: 1_789_999_700))
        let scratch = try Scratch()
        let path = try scratch.write(issued.certificateChainPEM, to: "leaf.pem")
        let text = try Command.openssl("x509", "-noout", "-text", "-in", path).run().output
        #expect(text.contains("URI:spiffe://cluster.local/bookbuyer/shop, DNS:bookbuyer.shop.cluster.local\n"))
        #expect(text.contains("TLS Web Client Authentication, TLS Web Server Authentication\n"))
        #expect(text.contains("CA:FALSE"))
        #expect(text.contains("CN = bookbuyer.shop.cluster.local"))
        let serial = try Command.openssl("x509", "-noout", "-serial", "-in", path).run().output
        #expect(serial == "serial=\(issued.serial.uppercased())\n")
        #expect(issued.serial.count == 32)
    }

    @Test("The key is the certificate's, and shows in no description")
    func key() throws {
        let issued = try makeAuthority().issueWorkload(
            identity: Self.bookbuyer, trustDomain: "cluster.local", validity: Self.day, now: now)
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        let key = try P256.Signing.PrivateKey(pemRepresentation: issued.privateKeyPEM)
        #expect(Certificate.PublicKey(key.publicKey) == leaf.publicKey)
        #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        var dumped = ""
        dump(issued, to: &dumped)
        for text in ["\(issued)", String(reflecting: issued), "\([issued])", dumped] {
            #expect(!reveals(text, keyIn: issued.privateKeyPEM))
            #expect(text.contains(issued.serial))
        }
        #expect(reveals("xx" + issued.privateKeyPEM, keyIn: issued.privateKeyPEM), "the check finds what it looks for")
    }

    @Test("A thousand certificates have a thousand serial numbers and keys")
    func serials() throws {
        let authority = try makeAuthority()
        let issued = try (0..<1000).map { _ in
            try authority.issueWorkload(
                identity: Self.bookbuyer, trustDomain: "cluster.local", validity: Self.day, now: now)
        }
        #expect(Set(issued.map(\.serial)).count == 1000)
        #expect(Set(issued.map(\.privateKeyPEM)).count == 1000)
    }

    @Test("No certificate outlives or precedes the root, and none is issued outside the root's time")
    func rootTime() throws {
        let authority = try makeAuthority()
        func issue(_ offset: TimeInterval, _ validity: Duration = Self.day) throws -> IssuedCertificate {
            try authority.issueWorkload(
                identity: Self.bookbuyer, trustDomain: "cluster.local", validity: validity,
                now: now.addingTimeInterval(offset))
        }
        let end = authority.notAfter.timeIntervalSince(now)
        #expect(try issue(end - 3600).notAfter == authority.notAfter)
        #expect(try issue(0, .seconds(Int64.max)).notAfter == authority.notAfter)
        #expect(try issue(-299).notBefore == Date(timeIntervalSince1970: 1_789_999_700))
        for offset in [end + 1, end + 86_400, -301, -86_400] {
            let error = #expect(throws: CertificateAuthorityError.self) { try issue(offset) }
            #expect(error?.code == .validity)
        }
        for validity in [Duration.zero, .seconds(-1), .milliseconds(999)] {
            let error = #expect(throws: CertificateAuthorityError.self) { try issue(0, validity) }
            #expect(error?.code == .validity)
        }
    }

    @Test("A server's certificate has its one name and is no client's")
    func server() async throws {
        let authority = try makeAuthority("osm-control-plane")
        let issued = try authority.issueServer(dnsName: "osm-controller.osm-system.svc", validity: Self.day, now: now)
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        #expect(
            try leaf.extensions.subjectAlternativeNames.map { Array($0) } == [.dnsName("osm-controller.osm-system.svc")]
        )
        #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.serverAuth]))
        #expect(try await stands(issued, under: authority.rootPEM))
        #expect(try openssl(issued, root: authority.rootPEM, purpose: "sslserver").status == 0)
        #expect(try openssl(issued, root: authority.rootPEM, purpose: "sslclient").status != 0)
    }

    @Test(
        "Only names of the control plane's Services are issued to servers",
        arguments: [
            "", "svc", "osm-system.svc", "osm-controller.osm-system", "bookbuyer.shop.cluster.local", "a.b.c.svc",
            "OSM-controller.osm-system.svc", "*.osm-system.svc", "osm-controller.osm-system.svc.", ".osm-system.svc",
            "-a.osm-system.svc", "a\u{0}b.osm-system.svc", String(repeating: "a", count: 64) + ".osm-system.svc",
        ])
    func serverNames(name: String) throws {
        let authority = try makeAuthority()
        let error = #expect(throws: CertificateAuthorityError.self) {
            try authority.issueServer(dnsName: name, validity: Self.day, now: now)
        }
        #expect(error?.code == .name)
    }

    @Test("Names as long as Kubernetes allows are issued and verify")
    func longNames() async throws {
        let authority = try makeAuthority()
        let long = [
            String(repeating: "a", count: 253), String(repeating: "a", count: 64),
            Array(repeating: String(repeating: "b", count: 62), count: 4).joined(separator: "."),
        ]
        for account in long {
            let identity = ServiceIdentity(namespace: String(repeating: "n", count: 63), serviceAccount: account)
            let issued = try authority.issueWorkload(
                identity: identity, trustDomain: "cluster.local", validity: Self.day, now: now)
            let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
            #expect(
                try leaf.extensions.subjectAlternativeNames.map { Array($0) } == [
                    .uniformResourceIdentifier(identity.spiffeURI(trustDomain: "cluster.local")),
                    .dnsName(identity.dnsName(trustDomain: "cluster.local")),
                ])
            #expect("\(leaf.subject)".contains("CN=workload-"))
            #expect(try await stands(issued, under: authority.rootPEM))
            let outcome = try openssl(issued, root: authority.rootPEM, purpose: "sslserver")
            #expect(outcome.status == 0, "\(outcome.output)")
        }
    }
}
