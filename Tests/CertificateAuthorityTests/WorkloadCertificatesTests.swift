import CertificateAuthority
import Foundation
import MeshModel
import Observability
import Testing

@Suite("What a connecting proxy gets")
struct WorkloadCertificatesTests {
    static let bookbuyer = ServiceIdentity(namespace: "shop", serviceAccount: "bookbuyer")
    static let day: TimeInterval = 86_400

    private static func configuration(_ validity: String) -> MeshConfig.Certificate {
        var configuration = MeshConfig.Certificate()
        configuration.serviceCertValidityDuration = validity
        return configuration
    }

    /// The version of what was issued; `nil` if nothing was.
    private func version(_ offer: WorkloadCertificates.Offer) -> String? {
        guard case .issued(_, let version) = offer else { return nil }
        return version
    }

    @Test("The first certificate lasts a day, and its version says issuer, end, names and validity")
    func first() throws {
        let authority = try makeAuthority()
        let certificates = WorkloadCertificates(authority: authority, trustDomain: "cluster.local")
        guard
            case .issued(let issued, let version) = try certificates.secret(
                for: Self.bookbuyer, currentVersion: nil, now: now)
        else { throw Missing() }
        let parts = version.split(separator: "/")
        #expect(parts.count == 4)
        #expect(parts.last == "86400")
        #expect(parts.first.map(String.init) == authority.identifier)
        #expect(parts.dropFirst().first.map(String.init) == "1790086400")
        #expect(issued.notAfter == Date(timeIntervalSince1970: 1_790_086_400))
        #expect(certificates.issued == 1)
    }

    @Test("A proxy that has a good certificate is issued nothing until two thirds of its time are over")
    func current() throws {
        let certificates = WorkloadCertificates(authority: try makeAuthority(), trustDomain: "cluster.local")
        let held = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        for share in [0.0, 0.3, 0.6, 0.666] {
            let time = now.addingTimeInterval(share * Self.day)
            #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: time)) == nil)
        }
        #expect(certificates.issued == 1)
        for share in [0.667, 0.9, 1.0, 1.5] {
            let time = now.addingTimeInterval(share * Self.day)
            let next = try #require(
                version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: time)))
            #expect(next != held)
        }
        #expect(certificates.issued == 5)
    }

    @Test("What is issued, and what is not, is counted by the names of the table of metrics")
    func figures() throws {
        let registry = PrometheusRegistry(MetricCatalogue.descriptions, describesProcess: false)
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(), trustDomain: "cluster.local", metrics: registry)
        let held = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        _ = try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: now)
        _ = try certificates.secret(for: Self.bookbuyer, currentVersion: "other", now: now)
        let nameless = ServiceIdentity(namespace: "shop", serviceAccount: "a b")
        #expect(throws: CertificateAuthorityError.self) {
            try certificates.secret(for: nameless, currentVersion: nil, now: now)
        }
        let lines = registry.exposition().split(separator: "\n")
        for line in ["osm_cert_issued_count 2", "osm_cert_issued_time_count 2", "osm_cert_failed_total 1"] {
            #expect(lines.contains(line[...]))
        }
        #expect(registry.irregularities == [])
    }

    @Test("A restarted controller with the same root issues nothing to a proxy that comes back")
    func restart() throws {
        let scratch = try Scratch()
        func start() throws -> WorkloadCertificates {
            WorkloadCertificates(
                authority: try .loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now),
                trustDomain: "cluster.local")
        }
        let held = version(try start().secret(for: Self.bookbuyer, currentVersion: nil, now: now))
        let restarted = try start()
        #expect(version(try restarted.secret(for: Self.bookbuyer, currentVersion: held, now: now)) == nil)
        #expect(restarted.issued == 0)
    }

    @Test("Another root, trust domain or identity means a new certificate")
    func others() throws {
        let authority = try makeAuthority()
        let held = version(
            try WorkloadCertificates(authority: authority, trustDomain: "cluster.local")
                .secret(for: Self.bookbuyer, currentVersion: nil, now: now))
        let otherRoot = WorkloadCertificates(authority: try makeAuthority(), trustDomain: "cluster.local")
        #expect(version(try otherRoot.secret(for: Self.bookbuyer, currentVersion: held, now: now)) != nil)
        let otherDomain = WorkloadCertificates(authority: authority, trustDomain: "example.org")
        #expect(version(try otherDomain.secret(for: Self.bookbuyer, currentVersion: held, now: now)) != nil)
        let same = WorkloadCertificates(authority: authority, trustDomain: "cluster.local")
        for identity in [
            ServiceIdentity(namespace: "shop", serviceAccount: "bookthief"),
            ServiceIdentity(namespace: "shop2", serviceAccount: "bookbuyer"),
        ] {
            #expect(version(try same.secret(for: identity, currentVersion: held, now: now)) != nil)
        }
        #expect(same.issued == 2)
    }

    @Test(
        "A version that is none means a new certificate",
        arguments: [
            "", "/", "//", "a/b/c", "1", "x/99999999999999999999/y", "x/-1/y", "x/9223372036854775807/y", "\u{0}",
            "a/1/b/c", "a/1/b/0", "a/1/b/1/d", String(repeating: "/", count: 10_000),
        ])
    func malformed(text: String) throws {
        let certificates = WorkloadCertificates(authority: try makeAuthority(), trustDomain: "cluster.local")
        #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: text, now: now)) != nil)
        #expect(certificates.renewal(ofVersion: text, proxy: "uid") == nil)
    }

    @Test(
        "The configuration says how long a certificate lasts, five seconds at least and a day if it says nothing",
        arguments: [
            ("1h", 3600), ("90m", 5400), ("48h", 172_800), ("10s", 10), ("1s", 5), ("0", 86_400), ("-1h", 86_400),
            ("", 86_400),
            ("soon", 86_400), ("1d", 86_400),
        ])
    func configured(text: String, seconds: TimeInterval) throws {
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(), trustDomain: "cluster.local", configuration: Self.configuration(text))
        guard
            case .issued(let issued, _) = try certificates.secret(
                for: Self.bookbuyer, currentVersion: nil, now: now)
        else { throw Missing() }
        #expect(issued.notAfter.timeIntervalSince1970 == 1_790_000_000 + seconds)
    }

    @Test("An edit of the configuration holds for what is issued next: a certificate is renewed by its own validity")
    func edited() throws {
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(), trustDomain: "cluster.local", configuration: Self.configuration("1h"))
        let held = try #require(version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        for validity in ["24h", "10s", "1h"] {
            certificates.configure(Self.configuration(validity))
            #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: now)) == nil)
            let renewal = try #require(certificates.renewal(ofVersion: held, proxy: "uid"))
            #expect((2400...2700).contains(renewal.timeIntervalSince(now)))
        }
        let late = now.addingTimeInterval(2401)
        #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: late)) != nil)
    }

    @Test("A certificate of seconds is renewed in fractions of them, and spread")
    func short() throws {
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(), trustDomain: "cluster.local", configuration: Self.configuration("10s"))
        let held = try #require(version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        let times = try (0..<200).map { index in
            try #require(certificates.renewal(ofVersion: held, proxy: "uid-\(index)")).timeIntervalSince1970
        }
        // From a third to a fourth of its time before the end, 1_790_000_010.
        #expect(times.allSatisfy { (1_790_000_006.6...1_790_000_007.5).contains($0) })
        #expect(Set(times).count > 50)
    }

    @Test("What a controller before this one issued, whose version tells no validity, stays until its time")
    func former() throws {
        let certificates = WorkloadCertificates(authority: try makeAuthority(), trustDomain: "cluster.local")
        let held = try #require(version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        let former = held.split(separator: "/").prefix(3).joined(separator: "/")
        #expect(former != held)
        #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: former, now: now)) == nil)
        #expect(
            certificates.renewal(ofVersion: former, proxy: "uid") == certificates.renewal(ofVersion: held, proxy: "uid")
        )
    }

    @Test("At the time of renewal a new certificate is issued, and proxies are spread")
    func renewal() throws {
        let certificates = WorkloadCertificates(authority: try makeAuthority(), trustDomain: "cluster.local")
        let held = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        let end = 1_790_086_400.0
        let times = try (0..<200).map { index in
            try #require(certificates.renewal(ofVersion: held, proxy: "uid-\(index)"))
        }
        for time in times {
            let remaining = end - time.timeIntervalSince1970
            #expect(remaining <= Self.day / 3)
            #expect(remaining >= Self.day / 4)
        }
        #expect(Set(times).count > 50)
        #expect(times[7] == certificates.renewal(ofVersion: held, proxy: "uid-7"))
        let earliest = try #require(times.min())
        #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: earliest)) != nil)
    }

    @Test("When another root signs, what the former one issued is renewed at once, and only once")
    func switched() throws {
        let (old, new) = (try makeAuthority(), try makeAuthority())
        let certificates = WorkloadCertificates(authority: old, trustDomain: "cluster.local")
        let held = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: now)))
        #expect(certificates.signer == old.identifier)
        certificates.sign(with: new)
        #expect(certificates.signer == new.identifier)
        #expect(certificates.renewal(ofVersion: held, proxy: "uid") == nil)
        let next = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: now)))
        #expect(WorkloadCertificates.signer(ofVersion: next) == new.identifier)
        #expect(WorkloadCertificates.signer(ofVersion: held) == old.identifier)
        #expect(WorkloadCertificates.signer(ofVersion: "x") == nil)
        #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: next, now: now)) == nil)
        #expect(certificates.issued == 2)
    }

    @Test("Near the root's own end a certificate is issued once, not at every question")
    func rootEnds() throws {
        let authority = try makeAuthority()
        let certificates = WorkloadCertificates(authority: authority, trustDomain: "cluster.local")
        let late = authority.notAfter.addingTimeInterval(-3600)
        let held = try #require(
            version(try certificates.secret(for: Self.bookbuyer, currentVersion: nil, now: late)))
        for minutes in [0.0, 1, 30, 59] {
            let time = late.addingTimeInterval(minutes * 60)
            #expect(version(try certificates.secret(for: Self.bookbuyer, currentVersion: held, now: time)) == nil)
        }
        #expect(certificates.renewal(ofVersion: held, proxy: "uid") == authority.notAfter)
        #expect(certificates.issued == 1)
        let error = #expect(throws: CertificateAuthorityError.self) {
            try certificates.secret(
                for: Self.bookbuyer, currentVersion: held, now: authority.notAfter.addingTimeInterval(1))
        }
        #expect(error?.code == .validity)
    }

    private struct Missing: Error {}
}
