import CertificateAuthority
import Crypto
import CryptoExtras
import Foundation
import MeshModel
import SwiftASN1
import Testing
import X509

@Suite("What an issuer elsewhere answers")
struct IssuedLeafTests {
    private static let identity = ServiceIdentity(namespace: "shop", serviceAccount: "web")
    private static let names: [GeneralName] = [
        .dnsName("web.shop.cluster.local"), .uniformResourceIdentifier("spiffe://cluster.local/web/shop"),
    ]
    private static let request = LeafRequest(
        identity: identity, trustDomain: "cluster.local", validity: .seconds(3600))

    private static func check(
        _ authority: ForeignAuthority, _ leaf: ForeignAuthority.Leaf = .init(names: names),
        key: Certificate.PrivateKey = Certificate.PrivateKey(P256.Signing.PrivateKey()), keyPEM: String? = nil,
        request: LeafRequest = request, under root: Certificate? = nil, chain: [Certificate]? = nil
    ) async throws -> IssuedCertificate {
        let certificates = [try authority.issue(leaf, to: key)] + (chain ?? [authority.intermediate, authority.root])
        return try await IssuedCertificate(
            checking: certificates.map { try $0.pem }.joined(),
            privateKeyPEM: keyPEM ?? key.serializeAsPEM().pemString, of: request,
            under: IssuerRoot(pem: (root ?? authority.root).pem, now: Date()), now: Date())
    }

    private static func failure(_ body: () async throws -> Void) async -> IssuerFailure? {
        do {
            try await body()
            return nil
        } catch { return error as? IssuerFailure }
    }

    @Test("is taken with its chain, without the root, and with its key as PKCS#8 whatever form it came in")
    func taken() async throws {
        let authority = try ForeignAuthority()
        let issued = try await Self.check(authority)
        let chain = try PEMDocument.parseMultiple(pemString: issued.certificateChainPEM)
        #expect(chain.count == 2)
        #expect(try Certificate(pemDocument: chain[1]) == authority.intermediate)
        let key = P256.Signing.PrivateKey()
        let rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let forms: [(Certificate.PrivateKey, String)] = [
            (Certificate.PrivateKey(key), key.pemRepresentation),
            (Certificate.PrivateKey(rsa), rsa.pemRepresentation),
            (Certificate.PrivateKey(rsa), rsa.pkcs8PEMRepresentation),
        ]
        for (key, text) in forms {
            let issued = try await Self.check(authority, key: key, keyPEM: text)
            #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
            #expect(try Certificate.PrivateKey(pemEncoded: issued.privateKeyPEM).publicKey == key.publicKey)
        }
        // Pods may trust an intermediate alone.
        let below = try await Self.check(authority, under: authority.intermediate)
        #expect(try PEMDocument.parseMultiple(pemString: below.certificateChainPEM).count == 1)
    }

    @Test("has the DNS name alone where the issuer may give no other")
    func withoutURI() async throws {
        let request = LeafRequest(
            identity: Self.identity, trustDomain: "cluster.local", validity: .seconds(3600), hasURI: false)
        let names = Array(Self.names.prefix(1))
        _ = try await Self.check(ForeignAuthority(), .init(names: names), request: request)
        #expect(try request.uris.isEmpty)
        let failure = await Self.failure { _ = try await Self.check(ForeignAuthority(), .init(names: names)) }
        #expect(failure?.code == .malformed)
    }

    @Test(
        "is refused where it has other names, another use, another time or another key",
        arguments: [
            (ForeignAuthority.Leaf(names: []), "has the names []"),
            (.init(names: names + [.dnsName("other.shop.cluster.local")]), "not those asked for"),
            (.init(names: [.dnsName("osm-controller.osm-system.svc")]), "not those asked for"),
            (.init(names: names, usages: [.serverAuth]), "not for clients and servers both"),
            (.init(names: names, isAuthority: true), "may sign others"),
            (.init(names: names, begins: -60, lasts: -1), "was valid until"),
            (.init(names: names, begins: 600), "is valid only from"),
        ])
    func refused(leaf: ForeignAuthority.Leaf, reason: String) async throws {
        let failure = await Self.failure { _ = try await Self.check(ForeignAuthority(), leaf) }
        #expect(failure?.code == .malformed)
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("shop/web") == true)
    }

    @Test("is refused where its chain does not lead to the root that pods trust")
    func elsewhere() async throws {
        let authority = try ForeignAuthority()
        let stranger = try ForeignAuthority()
        for (root, chain) in [(stranger.root, nil), (authority.root, []), (authority.root, [stranger.intermediate])] {
            let failure = await Self.failure {
                _ = try await Self.check(authority, under: root, chain: chain)
            }
            #expect(failure?.code == .wrongRoot)
        }
    }

    @Test("may be anything at all, and no message tells a key")
    func garbage() async throws {
        let authority = try ForeignAuthority()
        let key = P256.Signing.PrivateKey()
        let good = try authority.issue(.init(names: Self.names), to: Certificate.PrivateKey(key)).pem
        let other = P256.Signing.PrivateKey().pemRepresentation
        let endless = String(repeating: good, count: 600)
        let texts: [(String, String)] = [
            ("", key.pemRepresentation), ("{}", key.pemRepresentation), (good, ""), (good, other), (other, other),
            (good, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), (endless, key.pemRepresentation),
            (good, String(repeating: other, count: 2000)),
        ]
        let root = try IssuerRoot(pem: authority.root.pem, now: Date())
        for (chain, text) in texts {
            let failure = await Self.failure {
                _ = try await IssuedCertificate(
                    checking: chain, privateKeyPEM: text, of: Self.request, under: root, now: Date())
            }
            #expect(failure?.code == .malformed)
            #expect(failure?.message.contains("KEY") == false)
        }
    }

    @Test("may have a root that is none, or not any more, or not strong enough")
    func roots() async throws {
        let strong = Certificate.PrivateKey(P256.Signing.PrivateKey())
        func root(
            _ key: Certificate.PrivateKey = strong, isAuthority: Bool = true, begins: TimeInterval = -60,
            lasts: TimeInterval = 60
        ) throws -> String {
            try ForeignAuthority.certificate(
                "r", key.publicKey, "r", key, isAuthority: isAuthority, names: [], usages: nil, begins: begins,
                lasts: lasts
            ).pem
        }
        let weak = Certificate.PrivateKey(try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)))
        let cases: [(String, IssuerFailure.Code, String)] = [
            ("nonsense", .unusableRoot, "the issuer's root"), (try root() + root(), .unusableRoot, "2 certificates"),
            (try root(isAuthority: false), .unusableRoot, "may not sign others"),
            (try root(lasts: -1), .unusableRoot, "was valid until"),
            (try root(begins: 30), .unusableRoot, "is valid only from"),
            (try root(weak), .unusableRoot, "2048 bits"),
            (strong.publicKey.description, .unusableRoot, "the issuer's root"),
        ]
        for (pem, code, reason) in cases {
            let failure = await Self.failure { _ = try IssuerRoot(pem: pem, now: Date()) }
            #expect(failure?.code == code, "\(reason)")
            #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
        }
        _ = try IssuerRoot(pem: root(), now: Date())
    }

    @Test("The controller's own root is an issuer like any other, and issues under no other root")
    func builtIn() async throws {
        let now = Date()
        let (authority, _) = try CertificateAuthority.create(name: "own", now: now)
        let issuer = try BuiltInIssuer(authority, now: now)
        let root = try await issuer.root()
        #expect(root.id == authority.identifier)
        let issued = try await issuer.issue(Self.request, under: root, now: now)
        let checked = try await IssuedCertificate(
            checking: issued.certificateChainPEM, privateKeyPEM: issued.privateKeyPEM, of: Self.request, under: root,
            now: now)
        #expect(checked.serial == issued.serial)
        let other = try IssuerRoot(CertificateAuthority.create(name: "other", now: now).authority, now: now)
        #expect(
            await Self.failure { _ = try await issuer.issue(Self.request, under: other, now: now) }?.code == .wrongRoot)
    }
}
