import CertificateAuthority
import Foundation
import MeshModel
import Observability
import Testing

@Suite("What a proxy gets where somebody elsewhere signs")
struct CertificatesElsewhereTests {
    private static let web = ServiceIdentity(namespace: "shop", serviceAccount: "web")

    private struct Elsewhere {
        let authority: CertificateAuthority
        let issuer: ScriptedIssuer
        let certificates: WorkloadCertificates
        let metrics = PrometheusRegistry(MetricCatalogue.descriptions, describesProcess: false)

        init(hasURI: Bool = true) throws {
            authority = try makeAuthority()
            issuer = ScriptedIssuer(authority)
            certificates = WorkloadCertificates(
                signer: .issuer(issuer, root: try IssuerRoot(authority, now: now), hasURI: hasURI),
                trustDomain: "cluster.local", metrics: metrics)
        }

        func isCurrent(_ version: String?, _ time: Date = now) throws -> Bool {
            switch try certificates.secret(for: web, currentVersion: version, now: time) {
            case .current: true
            case .elsewhere: false
            case .issued: throw Issued()
            }
        }

        func fetch(_ name: String = "uid", _ time: Date = now) async -> (version: String?, reason: String?, Duration?) {
            switch await certificates.fetch(for: web, as: name, now: time) {
            case .issued(_, let version): (version, nil, nil)
            case .unavailable(let wait, let reason): (nil, reason, wait)
            }
        }
    }

    private struct Issued: Error {}

    @Test("It is asked once, by the name of the proxy, and not again while what it gave is good")
    func issued() async throws {
        let elsewhere = try Elsewhere()
        #expect(try !elsewhere.isCurrent(nil))
        let version = try #require(await elsewhere.fetch("pod-1").version)
        #expect(version.hasPrefix("\(elsewhere.authority.identifier)/1790086400/"))
        #expect(version.hasSuffix("/86400"))
        for hours in [0.0, 1, 15.9] {
            #expect(try elsewhere.isCurrent(version, now.addingTimeInterval(hours * 3600)))
        }
        for hours in [16.1, 23, 25] {
            #expect(try !elsewhere.isCurrent(version, now.addingTimeInterval(hours * 3600)))
        }
        #expect(elsewhere.issuer.asked == ["pod-1"])
        #expect(elsewhere.certificates.issued == 1)
        elsewhere.certificates.withdraw("pod-1")
        #expect(elsewhere.issuer.withdrawn == ["pod-1"])
        let renewal = try #require(elsewhere.certificates.renewal(ofVersion: version, proxy: "pod-1"))
        #expect((57_600...64_800).contains(renewal.timeIntervalSince(now)))
    }

    @Test("While it fails a good certificate stays, a bad one is asked for, and it gets one when it is back")
    func failing() async throws {
        let elsewhere = try Elsewhere()
        let version = try #require(await elsewhere.fetch().version)
        elsewhere.issuer.fail(with: IssuerFailure(.unreachable, "it is away", retryAfter: .seconds(17)))
        #expect(try elsewhere.isCurrent(version))
        let late = now.addingTimeInterval(17 * 3600)
        #expect(try !elsewhere.isCurrent(version, late))
        let failed = await elsewhere.fetch("uid", late)
        #expect(failed.version == nil)
        #expect(failed.reason == "it is away")
        #expect(failed.2 == .seconds(17))
        elsewhere.issuer.fail(with: IssuerFailure(.denied, "it says nothing of when to come back"))
        #expect(await elsewhere.fetch("uid", late).2 == .seconds(5))
        elsewhere.issuer.fail(with: nil)
        let next = try #require(await elsewhere.fetch("uid", late).version)
        #expect(next != version)
        #expect(try elsewhere.isCurrent(next, late))
        let lines = elsewhere.metrics.exposition().split(separator: "\n")
        for line in ["osm_cert_issued_count 2", "osm_cert_failed_total 2", "osm_cert_issued_time_count 2"] {
            #expect(lines.contains(line[...]))
        }
    }

    @Test("One that signs with another root than that which pods trust gives nothing")
    func wrongRoot() async throws {
        let elsewhere = try Elsewhere()
        let version = try #require(await elsewhere.fetch().version)
        elsewhere.issuer.replaceRoot(by: try makeAuthority())
        let failed = await elsewhere.fetch()
        #expect(failed.version == nil)
        #expect(failed.reason?.contains(elsewhere.authority.identifier) == true)
        #expect(try elsewhere.isCurrent(version))
    }

    @Test("What comes after another one has begun to sign is thrown away")
    func overtaken() async throws {
        let elsewhere = try Elsewhere()
        elsewhere.issuer.hold()
        async let late = elsewhere.fetch()
        while elsewhere.issuer.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        // Meanwhile nothing waits for it.
        let other = try makeAuthority()
        elsewhere.certificates.sign(with: other)
        guard case .issued = try elsewhere.certificates.secret(for: Self.web, currentVersion: nil, now: now) else {
            Issue.record("the controller's own root issues at once")
            return
        }
        elsewhere.issuer.release()
        let answer = await late
        #expect(answer.version == nil)
        #expect(answer.2 == .zero)
        #expect(elsewhere.certificates.issued == 1)
    }

    @Test("A certificate of less time than was asked for is renewed by its own, and it is told")
    func shortened() async throws {
        let elsewhere = try Elsewhere()
        _ = await elsewhere.fetch()
        #expect(elsewhere.certificates.shortened == nil)
        elsewhere.issuer.give(atMost: .seconds(3600))
        let version = try #require(await elsewhere.fetch().version)
        let told = try #require(elsewhere.certificates.shortened)
        #expect((3595...3600).contains(told.given / .seconds(1)))
        #expect(told.asked == .seconds(86_400))
        #expect(try elsewhere.isCurrent(version, now.addingTimeInterval(2300)))
        #expect(try !elsewhere.isCurrent(version, now.addingTimeInterval(2500)))
        let renewal = try #require(elsewhere.certificates.renewal(ofVersion: version, proxy: "uid"))
        #expect((2390...2710).contains(renewal.timeIntervalSince(now)))
        elsewhere.issuer.give(atMost: nil)
        _ = await elsewhere.fetch()
        #expect(elsewhere.certificates.shortened == nil)
    }

    @Test("Where the SPIFFE identity is not asked for, switching it on means a new certificate of the same root")
    func spiffe() async throws {
        let elsewhere = try Elsewhere(hasURI: false)
        let version = try #require(await elsewhere.fetch().version)
        #expect(try elsewhere.issuer.requests.map { try $0.uris } == [[]])
        #expect(try elsewhere.isCurrent(version))
        let series = elsewhere.certificates.series
        elsewhere.certificates.sign(
            with: .issuer(elsewhere.issuer, root: try IssuerRoot(elsewhere.authority, now: now), hasURI: true))
        #expect(elsewhere.certificates.series != series)
        #expect(elsewhere.certificates.signer == elsewhere.authority.identifier)
        #expect(try !elsewhere.isCurrent(version))
    }

    @Test("A name that no workload has is refused before anybody is asked")
    func nameless() throws {
        let elsewhere = try Elsewhere()
        let nameless = ServiceIdentity(namespace: "shop", serviceAccount: "a b")
        #expect(throws: CertificateAuthorityError.self) {
            try elsewhere.certificates.secret(for: nameless, currentVersion: nil, now: now)
        }
        #expect(elsewhere.issuer.requests.isEmpty)
    }
}
