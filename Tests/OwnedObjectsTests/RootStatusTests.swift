import CertificateAuthority
import MeshModel
import MeshStatus
import Testing

@testable import OwnedObjects

@Suite("What a MeshRootCertificate says of its issuer")
struct RootStatusTests {
    private static let root = TrustState.Root(
        id: "0011", pem: "pem", object: "vault", trustDomain: "cluster.local",
        source: .vault(
            TrustState.Vault(
                scheme: "http", host: "vault.vault", port: 8200, role: "mesh",
                token: .init(namespace: "osm-system", name: "t", key: "token"), hasURI: false)))

    private static var mesh: RootStatus.Standing {
        RootStatus.Standing(
            state: TrustState(signing: root),
            decision: TrustPlan.Decision(next: nil, step: .settled, pods: [], participants: []), pods: 7)
    }

    private static func trouble(
        _ code: IssuerFailure.Code = .unreachable, waiting: Int = 3, wait: Duration = .seconds(17)
    )
        -> IssuerTrouble
    {
        IssuerTrouble(
            issuer: root.source.name, failure: IssuerFailure(code, "503: sealed"), waiting: waiting, wait: wait)
    }

    private static func status(
        _ mesh: RootStatus.Standing? = mesh, failure: IssuerFailure? = nil, trouble: IssuerTrouble? = nil,
        remark: String = ""
    ) -> KnownStatus {
        let claim = RootClaims.Claim(
            object: "vault", created: 0, role: .active,
            root: failure.map { .failure($0) } ?? .success(root))
        return RootStatus(
            metadata: ObjectMetadata(name: "vault", namespace: "osm-system"), issuer: "Vault", claim: claim,
            standing: failure.map { .unusable($0) } ?? .signing, notAfter: "", trouble: trouble, remark: remark
        ).status(mesh, former: KnownStatus(uid: ""), now: Timestamp(seconds: 0))
    }

    private static func says(_ status: KnownStatus, _ kind: Condition.Kind) -> String {
        status[kind].map { "\($0.status.rawValue) \($0.reason.rawValue): \($0.message)" } ?? ""
    }

    @Test("Where it works the object is ready, with what is to be known of it")
    func works() {
        #expect(Self.says(Self.status(), .ready) == "True Ready: signs the certificates of 7/7 proxies")
        #expect(
            Self.says(Self.status(remark: "its issuer gives them for 1h"), .ready)
                == "True Ready: signs the certificates of 7/7 proxies; its issuer gives them for 1h")
    }

    @Test("Where it is away the object is not ready, and says who waits and when it is asked again")
    func away() {
        let status = Self.status(trouble: Self.trouble())
        #expect(
            Self.says(status, .ready)
                == "False IssuerUnavailable: Vault vault.vault:8200 does not answer (503: sealed): 3 proxies wait for a"
                + " certificate, the next try is within 20 s; running proxies keep theirs")
        #expect(status[.programmed]?.status == .yes)
        #expect(status[.accepted]?.status == .yes)
        let other = Self.says(Self.status(trouble: Self.trouble(.wrongRoot)), .ready)
        #expect(other.contains("signs with another root than that which pods trust"))
    }

    @Test(
        "Its numbers are rounded, so that it is not another one every second",
        arguments: [
            (0, "no proxy waits"), (1, "1 proxy waits"), (10, "10 proxies wait"), (11, "over 10 proxies wait"),
            (20, "over 10 proxies wait"), (21, "over 20 proxies wait"), (99, "over 50 proxies wait"),
            (5000, "over 2000 proxies wait"), (5001, "over 5000 proxies wait"),
        ])
    func rounded(waiting: Int, words: String) {
        #expect(Self.trouble(waiting: waiting).message.contains(": \(words) for a certificate"))
    }

    @Test(
        "The next try is told as an upper bound", arguments: [(0, 5), (5, 5), (6, 10), (40, 40), (75, 80), (600, 640)])
    func bounds(wait: Int, told: Int) {
        #expect(Self.trouble(wait: .seconds(wait)).message.contains("within \(told) s;"))
    }

    @Test("One that cannot tell its root is told with what helps, and whether it may come by itself")
    func unknown() {
        let away = Self.status(failure: IssuerFailure(.unreachable, "nobody answers"))
        #expect(Self.says(away, .resolvedRefs) == "False IssuerUnavailable: nobody answers")
        #expect(away[.ready]?.reason == .issuerUnavailable)
        #expect(away[.reconciling]?.status == .yes)
        #expect(away[.stalled] == nil)
        let asking = Self.status(failure: IssuerFailure(.asking, "it is being asked"))
        #expect(asking[.resolvedRefs]?.reason == .pending)
        #expect(asking[.stalled] == nil)
        let denied = Self.status(failure: IssuerFailure(.denied, "the token is no good"))
        #expect(denied[.resolvedRefs]?.reason == .refNotUsable)
        #expect(denied[.stalled]?.status == .yes)
        #expect(Self.says(denied, .ready).hasSuffix("the token is no good; what is in force stays"))
    }

    @Test("Where the mesh cannot begin, that is told instead of what stays")
    func beginning() {
        let failed = Self.status(nil, failure: IssuerFailure(.unreachable, "nobody answers"))
        #expect(
            Self.says(failed, .ready) == "False IssuerUnavailable: nobody answers; the mesh waits for a root that signs"
        )
        #expect(Self.says(Self.status(nil), .programmed) == "False Pending: the mesh waits for a root that signs")
    }
}
