import Crypto
import Foundation
import JWTKit
import MeshModel
import ProxyIdentity
import Synchronization
import Testing

/// Everything that a verification needs, as it is when all is well.
struct Mesh {
    static let pod = ObjectName(namespace: "shop", name: "web-1")
    static let account = ObjectName(namespace: "shop", name: "web")
    static let identity = ServiceIdentity(namespace: "shop", serviceAccount: "web")

    let key = TestKey()
    let directory = FakeDirectory(
        .init(
            pods: [pod: KnownPod(uid: "pod-uid", identity: identity)], serviceAccounts: [account: "account-uid"]))

    func keySet() throws -> JSONWebKeySet { try JSONWebKeySet(#"{"keys":[\#(key.jwk)]}"#) }

    func verify(
        _ token: String, at time: Date = now, keys: (any TokenKeySet)? = nil
    ) async throws -> VerifiedProxy {
        let keySet: any TokenKeySet = try keys ?? keySet()
        return try await ProxyTokenVerifier(issuer: TestClaims.issuer, keySet: keySet, directory: directory)
            .verify(token, now: time)
    }

    /// The refusal of a token, whose message must not hold any part of the token.
    func refusal(
        of token: String, at time: Date = now, keys: (any TokenKeySet)? = nil
    ) async throws -> ProxyIdentityError {
        let error = try await #require(throws: ProxyIdentityError.self) {
            try await verify(token, at: time, keys: keys)
        }
        for part in token.split(separator: ".") where part.count >= 8 { #expect(!"\(error)".contains(part.prefix(20))) }
        return error
    }
}

@Suite("Tokens of proxies")
struct ProxyTokenVerifierTests {
    let mesh = Mesh()

    @Test("A good token says who sent it and until when")
    func good() async throws {
        let proxy = try await mesh.verify(try await mesh.key.sign())
        #expect(proxy.identity == Mesh.identity)
        #expect(proxy.pod == Mesh.pod)
        #expect(proxy.podUID == "pod-uid")
        #expect(proxy.expiry == now.addingTimeInterval(3600))
        #expect(mesh.directory.state.withLock { $0.waits } == [])
    }

    @Test("Further audiences, fractions of seconds and a missing start are no reason to refuse")
    func tolerance() async throws {
        for claims in [
            TestClaims().with { $0.aud = ["other", "osm-xds"] }, TestClaims().with { $0.nbf = nil },
            TestClaims().with { $0.exp = now.timeIntervalSince1970 + 0.5 },
            TestClaims().with { $0.nbf = now.timeIntervalSince1970 + 59 },
        ] {
            #expect(try await mesh.verify(try await mesh.key.sign(claims)).pod == Mesh.pod)
        }
    }

    /// A wrong claim and how the token is refused.
    struct Flaw: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: ProxyIdentityError.Code
        let change: @Sendable (inout TestClaims) -> Void

        init(
            _ what: String, _ code: ProxyIdentityError.Code, _ change: @escaping @Sendable (inout TestClaims) -> Void
        ) {
            testDescription = what
            self.code = code
            self.change = change
        }
    }

    static let flaws = [
        Flaw("no issuer", .malformed) { $0.iss = nil },
        Flaw("another issuer", .issuer) { $0.iss = "https://kubernetes.default.svc" },
        Flaw("a longer issuer", .issuer) { $0.iss? += "/" },
        Flaw("an issuer in other letters", .issuer) { $0.iss = TestClaims.issuer.uppercased() },
        Flaw("no audience", .malformed) { $0.aud = nil },
        Flaw("an empty audience", .audience) { $0.aud = [] },
        Flaw("another audience", .audience) { $0.aud = ["https://kubernetes.default.svc"] },
        Flaw("an audience that contains the name", .audience) { $0.aud = ["osm-xds2", "xosm-xds", "OSM-XDS"] },
        Flaw("no end", .malformed) { $0.exp = nil },
        Flaw("an end that is now", .expired) { $0.exp = now.timeIntervalSince1970 },
        Flaw("an end long ago", .expired) { $0.exp = 1 },
        Flaw("a negative end", .expired) { $0.exp = -1e300 },
        Flaw("a start to come", .notYetValid) { $0.nbf = now.timeIntervalSince1970 + 61 },
        Flaw("no subject", .malformed) { $0.sub = nil },
        Flaw("the subject of another account", .subject) { $0.sub = "system:serviceaccount:shop:other" },
        Flaw("the subject of another namespace", .subject) { $0.sub = "system:serviceaccount:other:web" },
        Flaw("a user", .subject) { $0.sub = "web" },
        Flaw("no binding", .malformed) { $0.binding = nil },
        Flaw("no namespace", .malformed) { $0.binding?.namespace = nil },
        Flaw("no pod", .malformed) { $0.binding?.pod = nil },
        Flaw("no pod uid", .malformed) { $0.binding?.pod?.uid = nil },
        Flaw("no account", .malformed) { $0.binding?.serviceaccount = nil },
        Flaw("no account uid", .malformed) { $0.binding?.serviceaccount?.uid = nil },
        Flaw("an empty namespace", .subject) { $0.binding?.namespace = "" },
        Flaw("an empty pod name", .subject) { $0.binding?.pod?.name = "" },
        Flaw("another namespace", .subject) { $0.binding?.namespace = "other" },
        Flaw("the account alone changed", .subject) { $0.binding?.serviceaccount?.name = "other" },
        Flaw("a pod that is not there", .unknownPod) { $0.binding?.pod?.name = "web-2" },
        Flaw("another uid of the pod", .replacedPod) { $0.binding?.pod?.uid = "former-uid" },
        Flaw("an empty uid of the pod", .replacedPod) { $0.binding?.pod?.uid = "" },
        Flaw("another uid of the account", .replacedServiceAccount) { $0.binding?.serviceaccount?.uid = "former" },
        Flaw("the account of another pod", .identity) {
            $0.binding?.serviceaccount?.name = "other"
            $0.sub = "system:serviceaccount:shop:other"
        },
    ]

    @Test("A token with a wrong claim is refused for it", arguments: flaws)
    func refused(flaw: Flaw) async throws {
        let error = try await mesh.refusal(of: try await mesh.key.sign(TestClaims().with(flaw.change)))
        #expect(error.code == flaw.code, "\(error)")
        if ![.malformed, .subject].contains(error.code) { #expect(error.message.contains("web-"), "it names the pod") }
    }

    @Test("A ServiceAccount that is gone, or one of another pod's, is refused")
    func accounts() async throws {
        let token = try await mesh.key.sign()
        mesh.directory.state.withLock { $0.serviceAccounts = [:] }
        #expect(try await mesh.refusal(of: token).code == .unknownServiceAccount)
        mesh.directory.state.withLock { $0.serviceAccounts = [Mesh.account: "new-uid"] }
        #expect(try await mesh.refusal(of: token).code == .replacedServiceAccount)
        mesh.directory.state.withLock {
            $0.serviceAccounts = [Mesh.account: "account-uid"]
            $0.pods[Mesh.pod] = KnownPod(
                uid: "pod-uid", identity: ServiceIdentity(namespace: "shop", serviceAccount: "thief"))
        }
        let error = try await mesh.refusal(of: token)
        #expect(error.code == .identity)
        #expect(error.message.contains("shop/thief"))
    }

    @Test("An empty uid in the directory stands for any")
    func withoutUIDs() async throws {
        mesh.directory.state.withLock {
            $0.pods[Mesh.pod] = KnownPod(uid: "", identity: Mesh.identity)
            $0.serviceAccounts[Mesh.account] = ""
        }
        #expect(try await mesh.verify(try await mesh.key.sign()).podUID == "pod-uid")
    }

    @Test("A pod that is not there yet is waited for, five seconds at most")
    func waiting() async throws {
        mesh.directory.state.withLock { state in
            state.arriving = state.pods
            state.pods = [:]
        }
        #expect(try await mesh.verify(try await mesh.key.sign()).pod == Mesh.pod)
        #expect(mesh.directory.state.withLock { $0.waits } == [.seconds(5)])
    }

    @Test("A pod that never comes is given up after one wait")
    func givingUp() async throws {
        mesh.directory.state.withLock { $0.pods = [:] }
        let error = try await mesh.refusal(of: try await mesh.key.sign())
        #expect(error.code == .unknownPod)
        #expect(error.message.contains("shop/web-1"))
        #expect(mesh.directory.state.withLock { $0.waits } == [.seconds(5)])
    }

    @Test("A new pod of the same name is waited for until it has the token's uid")
    func replacement() async throws {
        mesh.directory.state.withLock { state in
            state.arriving = state.pods
            state.pods[Mesh.pod] = KnownPod(uid: "former", identity: Mesh.identity)
        }
        #expect(try await mesh.verify(try await mesh.key.sign()).podUID == "pod-uid")
    }

    @Test("A ServiceAccount that is not there yet, or another of its name, is waited for")
    func waitingForAccount() async throws {
        for present in [[:], [Mesh.account: "former-uid"]] {
            mesh.directory.state.withLock { state in
                state.serviceAccounts = present
                state.arrivingServiceAccounts = [Mesh.account: "account-uid"]
                state.accountWaits = []
            }
            #expect(try await mesh.verify(try await mesh.key.sign()).pod == Mesh.pod)
            let waits = mesh.directory.state.withLock { $0.accountWaits }
            #expect(waits.count == 1)
            // What is left of the five seconds after the pod was found.
            #expect(waits.allSatisfy { $0 > .zero && $0 <= .seconds(5) })
        }
    }

    @Test("A directory that cannot wait for a ServiceAccount is asked until it is there or the time is over")
    func askedAgain() async throws {
        let late = AskedDirectory([nil, "former", "account-uid"])
        #expect(
            await late.serviceAccountUID(Mesh.account, uid: "account-uid", waitingAtMost: .seconds(600))
                == "account-uid")
        #expect(late.state.withLock { $0.questions } == 3)
        let never = AskedDirectory([nil])
        #expect(await never.serviceAccountUID(Mesh.account, uid: "a", waitingAtMost: .milliseconds(150)) == nil)
        #expect(never.state.withLock { (2...4).contains($0.questions) })
        let other = AskedDirectory(["other"])
        #expect(await other.serviceAccountUID(Mesh.account, uid: "a", waitingAtMost: .zero) == "other")
        #expect(other.state.withLock { $0.questions } == 1)
        let nameless = AskedDirectory([""])
        #expect(await nameless.serviceAccountUID(Mesh.account, uid: "a", waitingAtMost: .seconds(600)) == "")
    }

    @Test("Several issuers may be believed, and they may be found out")
    func issuers() async throws {
        func verify(_ token: String, issuers: @escaping @Sendable () async throws -> Set<String>) async throws {
            _ = try await ProxyTokenVerifier(
                issuers: issuers, keySet: try mesh.keySet(), directory: mesh.directory
            ).verify(token, now: now)
        }
        let former = try await mesh.key.sign(TestClaims().with { $0.iss = "https://former" })
        for token in [try await mesh.key.sign(), former] {
            try await verify(token) { [TestClaims.issuer, "https://former"] }
        }
        let refused = await #expect(throws: ProxyIdentityError.self) {
            try await verify(former) { [TestClaims.issuer, "https://another"] }
        }
        #expect(refused?.code == .issuer)
        #expect(refused?.message.contains("https://another or \(TestClaims.issuer)") == true)
        let nobody = await #expect(throws: ProxyIdentityError.self) { try await verify(former) { [] } }
        #expect(nobody?.code == .issuer)
        let unknown = await #expect(throws: ProxyIdentityError.self) {
            try await verify(former) { throw CountingKeySet.Unreachable() }
        }
        #expect(unknown?.code == .issuersUnavailable)
    }

    @Test("Nobody asks the directory about a token that is not signed, not for us or not valid now")
    func order() async throws {
        let wrong = try await mesh.key.sign(TestClaims().with { $0.aud = ["other"] })
        let forged = try await TestKey().sign()
        for token in [wrong, forged] { _ = try await mesh.refusal(of: token) }
        _ = try await mesh.refusal(of: try await mesh.key.sign(), at: now.addingTimeInterval(3600))
        #expect(mesh.directory.state.withLock { $0.questions } == 0)
    }
}
