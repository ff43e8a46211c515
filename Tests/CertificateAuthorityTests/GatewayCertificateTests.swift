import CertificateAuthority
import Foundation
import MeshModel
import SwiftASN1
import Testing
import X509

@Suite("The certificate of a gateway")
struct GatewayCertificateTests {
    private static let names = ["osm-contour-envoy.osm-system.cluster.local", "edge.example.com"]
    private static let day = Duration.seconds(86_400)

    private static func root(_ authority: CertificateAuthority) -> TrustState.Root {
        TrustState.Root(
            id: authority.identifier, pem: authority.rootPEM, object: "", trustDomain: "cluster.local",
            source: .secret(name: "s"))
    }

    private static func read(_ issued: IssuedCertificate) throws -> GatewayCertificate {
        try #require(
            GatewayCertificate(
                certificateChainPEM: issued.certificateChainPEM, privateKeyPEM: issued.privateKeyPEM))
    }

    @Test("has all names, the first as common name, no URI, and serves as client and as server")
    func contents() throws {
        let authority = try makeAuthority()
        let issued = try authority.issueGateway(names: Self.names, validity: Self.day, now: now)
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        #expect(try leaf.extensions.subjectAlternativeNames.map { Array($0) } == Self.names.map { .dnsName($0) })
        #expect(try leaf.extensions.extendedKeyUsage == ExtendedKeyUsage([.clientAuth, .serverAuth]))
        #expect("\(leaf.subject)".contains("CN=\(Self.names[0])"))
        let scratch = try Scratch()
        let (ca, path) = (
            try scratch.write(authority.rootPEM, to: "ca.pem"),
            try scratch.write(issued.certificateChainPEM, to: "leaf.pem")
        )
        for purpose in ["sslclient", "sslserver"] {
            let outcome = try Command.openssl(
                "verify", "-x509_strict", "-purpose", purpose, "-attime", "1790000000", "-CAfile", ca, path
            ).run()
            #expect(outcome.status == 0, "\(outcome.output)")
        }
        let held = try Self.read(issued)
        #expect(held.names == Self.names)
        #expect(held.notAfter == issued.notAfter && held.notBefore == issued.notBefore)
        let long = try authority.issueGateway(
            names: ["a.\(String(repeating: "b", count: 63)).cluster.local"], validity: Self.day, now: now)
        #expect("\(try Certificate(pemEncoded: long.certificateChainPEM).subject)".contains("CN=gateway-"))
    }

    @Test("never outlives its root, and is issued nothing outside its time")
    func time() throws {
        let authority = try makeAuthority()
        let late = authority.notAfter.addingTimeInterval(-60)
        let issued = try authority.issueGateway(names: Self.names, validity: Self.day, now: late)
        #expect(issued.notAfter == authority.notAfter)
        // What ends with the root is as good as any.
        let held = try Self.read(issued)
        let root = Self.root(authority)
        #expect(held.isGood(for: Self.names, validity: Self.day, under: root, now: late.addingTimeInterval(59)))
        #expect(!held.isGood(for: Self.names, validity: Self.day, under: root, now: late.addingTimeInterval(61)))
        let error = #expect(throws: CertificateAuthorityError.self) {
            try authority.issueGateway(names: Self.names, validity: Self.day, now: late.addingTimeInterval(61))
        }
        #expect(error?.code == .validity)
    }

    @Test(
        "is refused the names of the control plane, and what is no name",
        arguments: [
            [], ["osm-controller.osm-system.svc"], ["a.b", "x.svc"], ["svc"], [""], ["*.example.com"], ["A.b"],
            ["a..b"],
            ["a b"], [String(repeating: "a", count: 64) + ".b"], [String(repeating: "a.", count: 130) + "b"],
        ])
    func refused(names: [String]) throws {
        let authority = try makeAuthority()
        let error = #expect(throws: CertificateAuthorityError.self) {
            try authority.issueGateway(names: names, validity: Self.day, now: now)
        }
        #expect(error?.code == .name)
    }

    @Test("is good until a third of its time remains, for the same names, under the root that signed it")
    func renewal() throws {
        let (authority, other) = (try makeAuthority(), try makeAuthority())
        let held = try Self.read(try authority.issueGateway(names: Self.names, validity: Self.day, now: now))
        let root = Self.root(authority)
        func isGood(_ root: TrustState.Root, as names: [String] = Self.names, after seconds: TimeInterval = 0) -> Bool {
            held.isGood(for: names, validity: Self.day, under: root, now: now.addingTimeInterval(seconds))
        }
        #expect(isGood(root))
        #expect(isGood(root, after: 57_590))
        #expect(!isGood(root, after: 57_610))
        // The first of them is the common name, the order of the others is nothing.
        #expect(!isGood(root, as: Self.names.reversed()))
        #expect(isGood(root, as: Self.names.prefix(1) + Self.names.dropFirst().reversed()))
        #expect(!isGood(root, as: ["edge.example.com"]))
        #expect(!isGood(Self.root(other)))
        #expect(held.issuer(among: [Self.root(other), root])?.id == authority.identifier)
        #expect(held.issuer(among: [Self.root(other)]) == nil)
    }

    @Test("is read from what is whole alone")
    func damaged() throws {
        let authority = try makeAuthority()
        let (one, other) = (
            try authority.issueGateway(names: Self.names, validity: Self.day, now: now),
            try authority.issueGateway(names: Self.names, validity: Self.day, now: now)
        )
        for (certificate, key) in [
            (one.certificateChainPEM, other.privateKeyPEM), ("", one.privateKeyPEM), (one.certificateChainPEM, ""),
            ("garbage", "garbage"), (String(one.certificateChainPEM.dropLast(40)), one.privateKeyPEM),
        ] {
            #expect(GatewayCertificate(certificateChainPEM: certificate, privateKeyPEM: key) == nil)
        }
    }

    @Test("tells whose name a name would be")
    func accounts() {
        func account(_ name: String) -> String? {
            GatewayCertificate.account(named: name, trustDomains: ["cluster.local", "mesh.example.com"])?.description
        }
        #expect(account("nginx.ingress-nginx.cluster.local") == "ingress-nginx/nginx")
        #expect(account("a.b.shop.mesh.example.com") == "shop/a.b")
        #expect(account("shop.cluster.local") == nil)
        #expect(account("cluster.local") == nil)
        #expect(account("nginx.example.com") == nil)
        #expect(account("nginx.ingress-nginxcluster.local") == nil)
    }
}
