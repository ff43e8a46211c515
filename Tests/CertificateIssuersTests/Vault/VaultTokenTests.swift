import CertificateAuthority
import Foundation
import TestInstruments
import Testing

@testable import CertificateIssuers
@testable import TestVault

@Suite("The token of a Vault")
struct VaultTokenTests {
    @Test("is taken without the white space around it, and is no other text")
    func text() throws {
        #expect(try VaultToken(" hvs.abc\r\n").value == "hvs.abc")
        for bad in ["", " \n", "a b", "a\nb", "tökén", "a\u{0}b", String(repeating: "a", count: 20_000)] {
            #expect(throws: IssuerFailure.self) { _ = try VaultToken(bad) }
        }
    }

    @Test("is printed nowhere, nor is a key")
    func redacted() throws {
        let token = try VaultToken(StrictVault.token)
        let signing = try SigningRequest(Sample.request())
        let answer = IssuerAnswer(certificates: ["c"], privateKeyPEM: signing.privateKeyPEM, issuerPEM: nil)
        let fields = VaultCertificate.Fields(
            certificate: "c", issuingCA: nil, chain: nil, privateKey: signing.privateKeyPEM)
        let certificate = VaultCertificate(data: fields)
        var text = ""
        func tell(_ value: some Any) {
            text += "\(value) \(String(reflecting: value)) "
            dump(value, to: &text)
        }
        tell(token)
        tell(signing)
        tell(answer)
        tell(fields)
        tell(certificate)
        tell([token])
        #expect(!text.contains(StrictVault.token))
        #expect(!text.contains("PRIVATE KEY"))
        #expect(!text.contains(signing.privateKeyPEM.split(separator: "\n")[1]))
        #expect(text.contains("redacted"))
    }

    @Test("is read again where Vault does not take it any more, and no question fails of that")
    func changed() async throws {
        try await ServedVault.with { served in
            let source = FixedToken()
            try await served.withIssuer(token: source) { issuer in
                let root = try await issuer.root()
                _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                #expect(source.readings == 1)
                served.vault.change { $0.tokens = ["hvs.new": .issuing()] }
                source.set(.success("hvs.new\n"))
                _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                #expect(source.readings == 2)
                #expect(served.vault.calls.suffix(2).map(\.token) == [StrictVault.token, "hvs.new"])
                // The same again: nothing is to be gained by a second question.
                served.vault.change { $0.tokens = [:] }
                let before = served.vault.calls.count
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                }
                #expect(failure?.code == .denied)
                #expect(served.vault.calls.count == before + 1)
            }
        }
    }

    @Test("is used on while its source cannot be reached, and not when its source says that there is none")
    func source() async throws {
        try await ServedVault.with { served in
            let source = FixedToken()
            var timing = VaultTiming()
            timing.tokenReading = .zero
            try await served.withIssuer(token: source, timing: timing) { issuer in
                let root = try await issuer.root()
                source.set(.failure(IssuerFailure(.unreachable, "no API server")))
                _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                #expect(source.readings == 2)
                source.set(.failure(IssuerFailure(.configuration, "no Secret")))
                let calls = served.vault.calls.count
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                }
                #expect(failure == IssuerFailure(.configuration, "no Secret"))
                // What was known is forgotten with it.
                source.set(.failure(IssuerFailure(.unreachable, "no API server")))
                let second = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                }
                #expect(second == IssuerFailure(.unreachable, "no API server"))
                #expect(served.vault.calls.count == calls)
            }
        }
    }

    @Test("is renewed before it ends, again and again, while nobody asks for certificates")
    func renewed() async throws {
        try await ServedVault.with { served in
            served.vault.change { $0.tokens[StrictVault.token] = .issuing(seconds: 20, isRenewable: true) }
            try await served.withIssuer { issuer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await issuer.run() }
                    let isRenewed = try await eventually { served.vault.calls(to: "auth/token/renew-self").count >= 2 }
                    #expect(isRenewed)
                    group.cancelAll()
                }
                #expect(served.vault.calls(to: "auth/token/lookup-self").count == 1)
                #expect(served.vault.calls(to: "auth/token/lookup-self").first?.method == "GET")
                #expect(served.vault.calls.count(where: { $0.path.hasPrefix("/v1/pki") }) == 0)
                #expect(issuer.tokenLife.map { $0 <= .seconds(20) } == true)
                _ = try await issuer.root()
            }
        }
    }

    @Test("that has no rights over itself, or cannot be renewed, is used as it is, with one word in the log")
    func unrenewable() async throws {
        for token in [
            StrictVault.Token(rights: ["update pki/issue/mesh"]), .issuing(seconds: 3600), .issuing(isRenewable: true),
        ] {
            let recorder = LogRecorder()
            try await ServedVault.with { served in
                served.vault.change { $0.tokens[StrictVault.token] = token }
                try await served.withIssuer(logger: recorder.logger) { issuer in
                    for _ in 0..<3 { _ = await issuer.tend() }
                    #expect(served.vault.calls.map(\.path) == ["/v1/auth/token/lookup-self"])
                    _ = try await issuer.root()
                    let isAllowed = token.rights.count > 1
                    #expect(recorder.count == (isAllowed ? 0 : 1))
                    #expect((issuer.tokenLife != nil) == (token.seconds > 0))
                }
            }
        }
    }

    @Test("whose renewal fails is tried again, and told of once")
    func failing() async throws {
        let recorder = LogRecorder()
        try await ServedVault.with { served in
            served.vault.change { $0.fault = .sealed }
            try await served.withIssuer(logger: recorder.logger) { issuer in
                #expect(await issuer.tend() == false)
                #expect(await issuer.tend())
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await issuer.run() }
                    let isTriedAgain = try await eventually { served.vault.calls.count >= 3 }
                    #expect(isTriedAgain)
                    #expect(recorder.count == 1)
                    served.vault.change { $0.fault = nil }
                    let known = served.vault.calls.count
                    #expect(try await eventually { served.vault.calls.count > known })
                    group.cancelAll()
                }
                let lines = recorder.lines("The token of Vault cannot be")
                #expect(lines.count == 1)
                #expect(lines.first?.metadata["error"]?.contains("sealed") == true)
                #expect(lines.first?.metadata["error"]?.contains(StrictVault.token) == false)
            }
        }
    }
}

@Suite("The lease of a token")
struct TokenLeaseTests {
    private let start = ContinuousClock.now

    @Test("is looked up first, and renewed at two thirds of what it has each time")
    func renewal() {
        var lease = TokenLease(at: start)
        #expect(lease.next == .init(action: .lookUp, due: start))
        lease.answered(seconds: 3600, isRenewable: true, at: start)
        #expect(lease.next == .init(action: .renew, due: start + .seconds(2400)))
        #expect(lease.end == start + .seconds(3600))
        lease.answered(seconds: 90, isRenewable: true, at: start + .seconds(2400))
        #expect(lease.next == .init(action: .renew, due: start + .seconds(2460)))
        #expect(lease.end == start + .seconds(2490))
        // A token at the end of all that it may have.
        lease.answered(seconds: 1, isRenewable: true, at: start)
        #expect(lease.next?.due == start + .seconds(1))
    }

    @Test("is left alone where it lasts for ever, or cannot be renewed")
    func none() {
        for (seconds, isRenewable) in [(Int64(0), true), (0, false), (60, false), (-5, true)] {
            var lease = TokenLease(at: start)
            lease.answered(seconds: seconds, isRenewable: isRenewable, at: start)
            #expect(lease.next == nil)
            #expect((lease.end != nil) == (seconds > 0))
        }
        var lease = TokenLease(at: start)
        lease.answered(seconds: .max, isRenewable: true, at: start)
        #expect(lease.next?.action == .renew)
    }

    @Test("is tried again after a failure, later and later, and after minutes where it was refused")
    func failures() {
        var lease = TokenLease(at: start)
        for wait in [1, 2, 4, 8, 16, 30, 30] {
            lease.failed(isRefusal: false, at: start)
            #expect(lease.next == .init(action: .lookUp, due: start + .seconds(wait)))
        }
        lease.answered(seconds: 30, isRenewable: true, at: start)
        lease.failed(isRefusal: false, at: start)
        #expect(lease.next == .init(action: .renew, due: start + .seconds(1)))
        lease.failed(isRefusal: true, at: start)
        #expect(lease.next == .init(action: .renew, due: start + .seconds(300)))
        lease.answered(seconds: 0, isRenewable: true, at: start)
        lease.failed(isRefusal: false, at: start)
        #expect(lease.next == nil)
    }
}
