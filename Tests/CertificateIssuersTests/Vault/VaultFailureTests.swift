import CertificateAuthority
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CertificateIssuers
@testable import TestVault

@Suite("A Vault that does not issue")
struct VaultFailureTests {
    private static let brief = VaultTiming(connect: .seconds(2), answer: .seconds(1))

    /// The failure of a question, which must tell neither the token nor a key.
    private static func failure(
        of issuer: VaultIssuer, under root: IssuerRoot, _ request: LeafRequest = Sample.request()
    ) async -> IssuerFailure? {
        let failure = await issuerFailure {
            _ = try await issuer.issue(request, under: root, now: Date())
        }
        let told = "\(failure.map { "\($0)" } ?? "")\(failure.debugDescription)"
        #expect(!told.contains(StrictVault.token))
        #expect(!told.contains("PRIVATE KEY") && !told.contains("MIGHAgEA"))
        return failure
    }

    @Test("says why in the failure, by kind, with what to do and how long to wait")
    func answers() async throws {
        let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----"
        let cases: [(StrictVault.Fault, IssuerFailure.Code, String, Duration?)] = [
            (.sealed, .unreachable, "is sealed", nil),
            (.status(429, [], retryAfter: 7), .unreachable, "slow down", .seconds(7)),
            (.status(503, ["x"], retryAfter: 86_400), .unreachable, "maintenance", .seconds(3600)),
            (.status(472, [], retryAfter: nil), .unreachable, "cannot issue now", nil),
            (.status(473, [], retryAfter: nil), .unreachable, "cannot issue now", nil),
            (.status(412, [], retryAfter: nil), .unreachable, "cannot issue now", nil),
            (.status(500, ["internal error"], retryAfter: -5), .unreachable, "internal error", .zero),
            (.status(403, ["permission denied"], retryAfter: nil), .denied, "put a valid one into its Secret", nil),
            (.status(404, [], retryAfter: nil), .configuration, "pki/issue/mesh", nil),
            (.status(405, [], retryAfter: nil), .configuration, "pki/issue/mesh", nil),
            (.status(400, ["no", "token \(StrictVault.token) bad"], retryAfter: nil), .refused, "[redacted]", nil),
            (.status(400, [key], retryAfter: nil), .refused, "left out", nil),
            (.status(400, [String(repeating: "x", count: 100_000)], retryAfter: nil), .refused, "xxx…", nil),
            (.status(418, [], retryAfter: nil), .malformed, "no Vault", nil),
            (.redirect("http://127.0.0.1:1/"), .configuration, "leads elsewhere", nil),
            (.text(""), .malformed, "something else", nil), (.text("<html>hello</html>"), .malformed, "else", nil),
            (.text("{}"), .malformed, "something else", nil), (.text(#"{"data":{}}"#), .malformed, "else", nil),
            (.text(#"{"data":null,"auth":null}"#), .malformed, "else", nil),
            (.text(#"{"data":{"certificate":7,"private_key":"\#("PRIVATE KEY")"}}"#), .malformed, "else", nil),
            (.text(#"{"data":{"certificate":"x","private_key":"y"}}"#), .malformed, "shop/web", nil),
            (.noKey, .malformed, "without a key", nil), (.otherKey, .malformed, "has the key of another", nil),
            (.furtherName, .malformed, "further.cluster.local", nil), (.authority, .malformed, "may sign others", nil),
            (.flood, .malformed, "1048576 bytes", nil), (.cut, .unreachable, "does not answer", nil),
        ]
        try await ServedVault.with { served in
            try await served.withIssuer { issuer in
                let root = try await issuer.root()
                for (fault, code, reason, retryAfter) in cases {
                    served.vault.change { $0.fault = fault }
                    let failure = await Self.failure(of: issuer, under: root)
                    #expect(failure?.code == code, "\(fault)")
                    #expect(failure?.message.contains(reason) == true, "\(fault): \(failure?.message ?? "")")
                    #expect(failure?.retryAfter == retryAfter, "\(fault)")
                    #expect((failure?.message.count ?? 0) < 700)
                }
                served.vault.change { $0.fault = nil }
                _ = try await issuer.issue(Sample.request(), under: root, now: Date())
            }
        }
    }

    @Test("is not waited for without end, whether it says nothing or a little again and again")
    func slow() async throws {
        try await ServedVault.with { served in
            try await served.withIssuer(timing: Self.brief) { issuer in
                let root = try await issuer.root()
                for fault in [StrictVault.Fault.silence, .drip] {
                    served.vault.change { $0.fault = fault }
                    let failure = await Self.failure(of: issuer, under: root)
                    #expect(failure?.code == .unreachable)
                    #expect(failure?.message.contains("did not answer within 1.0 seconds") == true, "\(fault)")
                }
                served.vault.change { $0.fault = nil }
                _ = try await issuer.issue(Sample.request(), under: root, now: Date())
            }
        }
    }

    @Test("is asked with the token alone where it is, whatever it says of other places")
    func redirected() async throws {
        try await ServedVault.with { elsewhere in
            try await ServedVault.with { served in
                try await served.withIssuer { issuer in
                    let root = try await issuer.root()
                    let address = "http://127.0.0.1:\(elsewhere.port)/v1/pki/issue/mesh"
                    served.vault.change { $0.fault = .redirect(address) }
                    #expect(await Self.failure(of: issuer, under: root)?.code == .configuration)
                    #expect(elsewhere.vault.calls.isEmpty)
                }
            }
        }
    }

    @Test("is none that answers under a certificate of somebody else, or not at all")
    func strangers() async throws {
        try await ServedVault.with(hasTLS: true) { served in
            let root = try IssuerRoot(pem: served.vault.state.withLock { try $0.authority.issuer.pem }, now: Date())
            var settings = served.settings
            settings.authoritiesPEM = try TestAuthority("stranger").root.pem
            try await served.withIssuer(settings: settings) { issuer in
                let failure = await Self.failure(of: issuer, under: root)
                #expect(failure?.code == .unreachable)
                #expect(failure?.message.contains("not from whom the controller trusts") == true)
            }
            settings.authoritiesPEM = nil
            try await served.withIssuer(settings: settings) { issuer in
                #expect(await Self.failure(of: issuer, under: root)?.code == .unreachable)
            }
            // It speaks TLS, the client does not.
            settings.scheme = .http
            try await served.withIssuer(settings: settings) { issuer in
                #expect(await Self.failure(of: issuer, under: root)?.code == .unreachable)
            }
            #expect(served.vault.calls.isEmpty)
        }
        let closed = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = closed.localAddress?.port ?? 0
        try await closed.close()
        let served = ServedVault(
            vault: StrictVault(authority: try TestAuthority()), port: port, authoritiesPEM: nil)
        try await served.withIssuer(timing: Self.brief) { issuer in
            let failure = await issuerFailure { _ = try await issuer.root() }
            #expect(failure?.code == .unreachable)
            #expect(failure?.message.contains("http://127.0.0.1:\(port)") == true)
        }
    }

    @Test("has no such role, or mount, or lets the token do other things only")
    func rights() async throws {
        try await ServedVault.with { served in
            let root = try IssuerRoot(pem: served.vault.state.withLock { try $0.authority.issuer.pem }, now: Date())
            var settings = served.settings
            settings.role = "other"
            try await served.withIssuer(settings: settings) { issuer in
                #expect(await Self.failure(of: issuer, under: root)?.code == .denied)
                served.vault.change { $0.tokens[StrictVault.token] = .issuing("other") }
                let failure = await Self.failure(of: issuer, under: root)
                #expect(failure?.code == .configuration)
                #expect(failure?.message.contains("has no role `other`") == true)
            }
            settings.role = "a b/c?"
            settings.mount = "deep/pki"
            served.vault.change { $0.tokens[StrictVault.token]?.rights = ["update deep/pki/issue/a%20b%2Fc%3F"] }
            try await served.withIssuer(settings: settings) { issuer in
                let failure = await Self.failure(of: issuer, under: root)
                #expect(failure?.code == .configuration)
                #expect(failure?.message.contains("has nothing at deep/pki/issue") == true)
            }
        }
    }

    @Test(
        "cannot be where the settings say",
        arguments: [
            ("", 8200, "mesh", "pki"), ("a/b", 8200, "mesh", "pki"), ("user@host", 8200, "mesh", "pki"),
            ("host", 0, "mesh", "pki"), ("host", 65_536, "mesh", "pki"), ("host", 1, "", "pki"),
            ("host", 1, "mesh", "/"), ("host", 1, "..", "pki"), ("host", 1, "mesh", "a/../b"),
            ("a b", 1, "mesh", "pki"),
        ])
    func settings(host: String, port: Int, role: String, mount: String) async throws {
        let settings = VaultSettings(host: host, port: port, mount: mount, role: role)
        let served = ServedVault(vault: StrictVault(authority: try TestAuthority()), port: 0, authoritiesPEM: nil)
        let failure = await issuerFailure {
            try await served.withIssuer(settings: settings) { _ in }
        }
        #expect(failure?.code == .configuration)
    }

    @Test("is written as an address where it has one of version 6, and trusts nobody by what is no certificate")
    func addresses() throws {
        #expect(try VaultSettings(host: "::1", role: "mesh").base == "http://[::1]:8200")
        #expect(try VaultSettings(scheme: .https, host: "vault", port: 1, role: "r").base == "https://vault:1")
        #expect(throws: IssuerFailure.self) {
            _ = try VaultConnection(VaultSettings(host: "h", role: "r", authoritiesPEM: "nonsense"), VaultTiming())
        }
    }
}
