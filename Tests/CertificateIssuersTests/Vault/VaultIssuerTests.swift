import CertificateAuthority
import Crypto
import CryptoExtras
import Foundation
import SwiftASN1
import Synchronization
import Testing
import X509

@testable import CertificateIssuers
@testable import TestVault

@Suite("Certificates of a Vault")
struct VaultIssuerTests {
    private static let dns = GeneralName.dnsName("web.shop.cluster.local")
    private static let uri = GeneralName.uniformResourceIdentifier("spiffe://cluster.local/web/shop")

    @Test(
        "are issued over http and https, with one question each, and lead to Vault's certificate",
        arguments: [false, true])
    func issued(hasTLS: Bool) async throws {
        try await ServedVault.with(hasTLS: hasTLS) { served in
            try await served.withIssuer { issuer in
                let authority = served.vault.state.withLock { $0.authority }
                let root = try await issuer.root()
                #expect(try root.pem == authority.issuer.pem)
                let issued = try await issuer.issue(Sample.request(), under: root, now: Date())
                let chain = try Certificate.all(in: issued.certificateChainPEM)
                #expect(chain.count == 1)
                #expect(try chain[0].names == [Self.dns])
                let key = try Certificate.PrivateKey(pemEncoded: issued.privateKeyPEM)
                #expect(key.publicKey == chain[0].publicKey)
                #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
                #expect(abs(issued.notAfter.timeIntervalSinceNow - 3600) < 30)
                let calls = served.vault.calls
                #expect(calls.map(\.path) == ["/v1/pki/issue/mesh", "/v1/pki/issue/mesh"])
                #expect(calls.map(\.method) == ["POST", "POST"])
                #expect(calls[0].fields["common_name"] == "osm-controller.osm-system.cluster.local")
                #expect(
                    calls[1].fields == [
                        "common_name": "web.shop.cluster.local", "ttl": "3600s", "format": "pem",
                        "private_key_format": "pkcs8",
                    ])
            }
        }
    }

    @Test("lead to the root above where pods trust that one, with the intermediate in the chain")
    func aboveTheIssuer() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let authority = served.vault.state.withLock { $0.authority }
                let root = try IssuerRoot(pem: authority.root.pem, now: Date())
                let issued = try await issuer.issue(Sample.request(), under: root, now: Date())
                #expect(try Certificate.all(in: issued.certificateChainPEM)[1...] == [authority.issuer])
            }
        }
    }

    @Test("have the SPIFFE identity where it is asked for and the role allows it, and are refused else")
    func uris() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(hasURI: true), under: root, now: Date())
                }
                #expect(failure?.code == .refused)
                #expect(failure?.message.contains("allowed_uri_sans") == true, "\(failure?.message ?? "")")
                #expect(failure?.message.contains("shop/web") == true)
                served.vault.change { $0.roles["mesh"]?.uris = ["spiffe://cluster.local/*"] }
                let issued = try await issuer.issue(Sample.request(hasURI: true), under: root, now: Date())
                #expect(try Set(Certificate.all(in: issued.certificateChainPEM)[0].names) == [Self.dns, Self.uri])
                #expect(served.vault.calls.last?.fields["uri_sans"] == "spiffe://cluster.local/web/shop")
            }
        }
    }

    @Test("have keys that never leave the controller where Vault only signs", arguments: [true, false])
    func signed(takesNamesOfRequest: Bool) async throws {
        try await ServedVault.with { served in
            served.vault.change {
                $0.roles["mesh"]?.uris = ["spiffe://*"]
                $0.roles["mesh"]?.takesNamesOfRequest = takesNamesOfRequest
            }
            var settings = served.settings
            settings.method = .sign
            try await served.withIssuer(settings: settings) { issuer in
                let root = try await issuer.root()
                let issued = try await issuer.issue(Sample.request(hasURI: true), under: root, now: Date())
                let leaf = try Certificate.all(in: issued.certificateChainPEM)[0]
                #expect(try Set(leaf.names) == [Self.dns, Self.uri])
                #expect(try Certificate.PrivateKey(pemEncoded: issued.privateKeyPEM).publicKey == leaf.publicKey)
                #expect(served.vault.calls.allSatisfy { $0.path == "/v1/pki/sign/mesh" })
                #expect(!served.vault.calls.contains { $0.body.contains("PRIVATE KEY") })
                // As every role is that was made without a thought of keys.
                served.vault.change { $0.roles["mesh"]?.keyType = .rsa }
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                }
                #expect(failure?.code == .refused)
                #expect(failure?.message.contains("role requires keys of type rsa") == true)
            }
        }
    }

    @Test("may have keys of RSA, in whatever form they come")
    func rsa() async throws {
        try await ServedVault.with { served in
            served.vault.change { $0.roles["mesh"]?.keyType = .rsa }
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                for fault in [nil, StrictVault.Fault.oldKeyForm] {
                    served.vault.change { $0.fault = fault }
                    let issued = try await issuer.issue(Sample.request(), under: root, now: Date())
                    #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----"))
                    _ = try _RSA.Signing.PrivateKey(pemRepresentation: issued.privateKeyPEM)
                }
            }
        }
    }

    @Test("are valid for less where the role says so, and are never asked for beyond the end of the root")
    func validity() async throws {
        try await ServedVault.with(TestAuthority("short", lasts: 7200)) { served in
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                let year = Sample.request(validity: .seconds(365 * 86_400))
                let cut = try await issuer.issue(year, under: root, now: Date())
                #expect(cut.notAfter <= root.notAfter)
                #expect(cut.notAfter.timeIntervalSinceNow > 7000)
                served.vault.change { $0.roles["mesh"]?.longest = 600 }
                let short = try await issuer.issue(year, under: root, now: Date())
                #expect(abs(short.notAfter.timeIntervalSinceNow - 600) < 30)
                let brief = try await issuer.issue(
                    Sample.request(validity: .milliseconds(5400)), under: root, now: Date())
                #expect(brief.notAfter.timeIntervalSinceNow < 6)
                #expect(served.vault.calls.last?.fields["ttl"] == "5s")
                #expect(Sample.request(validity: .zero).seconds(under: nil, at: Date()) == 1)
                #expect(year.seconds(under: root, at: root.notAfter) == 1)
            }
        }
    }

    @Test("have another common name where theirs is too long for one, which the role must allow")
    func longNames() async throws {
        let account = String(repeating: "a", count: 60)
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(account), under: root, now: Date())
                }
                #expect(failure?.code == .refused)
                #expect(failure?.message.contains("too long for a common name") == true, "\(failure?.message ?? "")")
                // As the original's documentation makes the role.
                served.vault.change { $0.roles["mesh"]?.allowsAnyName = true }
                let issued = try await issuer.issue(Sample.request(account), under: root, now: Date())
                let leaf = try Certificate.all(in: issued.certificateChainPEM)[0]
                #expect(try leaf.names == [.dnsName("\(account).shop.cluster.local")])
                #expect(served.vault.calls.last?.body.contains(#""exclude_cn_from_sans":true"#) == true)
            }
        }
    }

    @Test("are for an ingress gateway, too, with all its names", arguments: [VaultSettings.Method.issue, .sign])
    func gateway(method: VaultSettings.Method) async throws {
        try await ServedVault.with { served in
            var settings = served.settings
            settings.method = method
            try await served.withIssuer(settings: settings) { issuer in
                let root = try await issuer.root()
                func ask(_ names: [String]) async throws -> IssuedCertificate {
                    try await issuer.issue(
                        LeafRequest(.gateway(names), validity: .seconds(600)), under: root, now: Date())
                }
                let names = ["gateway.edge.cluster.local", "b.edge.cluster.local", "a.edge.cluster.local"]
                let issued = try await ask(names)
                let certificate = try #require(
                    GatewayCertificate(
                        certificateChainPEM: issued.certificateChainPEM, privateKeyPEM: issued.privateKeyPEM))
                #expect(certificate.names.sorted() == names.sorted())
                #expect(served.vault.calls.last?.fields["common_name"] == names[0])
                let before = served.vault.calls.count
                for names in [[], ["osm-controller.osm-system.svc"], ["*.shop.cluster.local"], ["Upper.local"]] {
                    let failure = await issuerFailure { _ = try await ask(names) }
                    #expect(failure?.code == .refused)
                }
                #expect(served.vault.calls.count == before)
            }
        }
    }

    @Test("are for nobody who has no name of a workload: Vault is not even asked")
    func badNames() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                let before = served.vault.calls.count
                for (account, domain) in [("a,b", "cluster.local"), ("web", "svc"), ("", "cluster.local")] {
                    let asked = Sample.request(account, trustDomain: domain)
                    let failure = await issuerFailure { _ = try await issuer.issue(asked, under: root, now: Date()) }
                    #expect(failure?.code == .refused)
                }
                #expect(served.vault.calls.count == before)
            }
        }
    }

    @Test("come from the root of the role, whichever the engine's own is; a root replaced underneath is noticed")
    func replaced() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let first = try await issuer.root()
                let other = try TestAuthority("other")
                served.vault.change { $0.roles["mesh"]?.authority = other }
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: first, now: Date())
                }
                #expect(failure?.code == .wrongRoot)
                let second = try await issuer.root()
                #expect(second.id != first.id)
                #expect(try second.pem == other.issuer.pem)
                served.vault.change { $0.fault = .noChain }
                _ = try await issuer.issue(Sample.request(), under: second, now: Date())
            }
        }
    }

    @Test("are asked for by many at once, 32 at a time")
    func many() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let gated = GatedIssuer(issuer)
                let root = try await gated.root()
                let serials = try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            try await gated.issue(Sample.request("web-\(number)"), under: root, now: Date()).serial
                        }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(serials.count == 100)
                #expect(served.vault.calls.count == 101)
            }
        }
    }
}
