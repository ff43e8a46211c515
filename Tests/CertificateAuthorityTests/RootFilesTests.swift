import CertificateAuthority
import Foundation
import Testing

@Suite("The files of a replacement")
struct RootFilesTests {
    private let scratch: Scratch
    private let files: RootFiles
    private let old: String

    init() throws {
        scratch = try Scratch()
        files = RootFiles(directory: scratch.directory)
        old = try files.loadOrCreate(now: now).signing.identifier
    }

    private var plan: RootPlan { get throws { try files.load(now: now).plan } }

    @Test("are one at first, two at each step, and one in the end, each of mode 0600")
    func whole() throws {
        #expect(scratch.files == ["mesh-root.pem"])
        let new = try #require(try files.beginReplacement(now: now).plan.next)
        #expect(scratch.files == ["mesh-root-next.pem", "mesh-root.pem"])
        #expect(try plan == RootPlan(signing: old, next: new))
        #expect(try scratch.mode("mesh-root-next.pem") == 0o600)
        let bundle = try files.load(now: now).trustedPEM
        #expect(bundle.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(!bundle.contains("PRIVATE"))
        try files.advance(from: plan, now: now)
        #expect(scratch.files == ["mesh-root-previous.pem", "mesh-root.pem"])
        #expect(try plan == RootPlan(signing: new, previous: old))
        #expect(try scratch.mode("mesh-root.pem") == 0o600)
        // The same bytes while the same roots are trusted: nothing is sent again.
        #expect(try files.load(now: now).trustedPEM == bundle)
        try files.advance(from: plan, now: now)
        #expect(scratch.files == ["mesh-root.pem"])
        #expect(try plan == RootPlan(signing: new))
        try files.advance(from: plan, now: now)
        #expect(try plan == RootPlan(signing: new))
    }

    @Test("What signs is trusted at every step, and openssl verifies a certificate of either root with the bundle")
    func verification() throws {
        let before = try files.load(now: now)
        _ = try files.beginReplacement(now: now)
        try files.advance(from: plan, now: now)
        let after = try files.load(now: now)
        let bundle = try scratch.write(after.trustedPEM, to: "bundle.pem")
        for authority in [before.signing, after.signing] {
            let leaf = try authority.issueWorkload(
                identity: WorkloadCertificatesTests.bookbuyer, trustDomain: "cluster.local", validity: .seconds(600),
                now: now)
            let path = try scratch.write(leaf.certificateChainPEM, to: "leaf.pem")
            let outcome = try Command.openssl(
                "verify", "-x509_strict", "-attime", "1790000000", "-CAfile", bundle, path
            ).run()
            #expect(outcome.status == 0, "\(outcome.output)")
        }
    }

    @Test("A second request is refused, whatever the step; so is taking back what is not under way")
    func refusals() throws {
        func code(_ body: () throws -> Void) -> CertificateAuthorityError.Code? {
            do {
                try body()
                return nil
            } catch { return (error as? CertificateAuthorityError)?.code }
        }
        #expect(code { _ = try files.cancelReplacement(now: now) } == .replacement)
        _ = try files.beginReplacement(now: now)
        let contents = try scratch.text("mesh-root-next.pem")
        let error = #expect(throws: CertificateAuthorityError.self) { try files.beginReplacement(now: now) }
        #expect(error?.description.contains("step 1") == true)
        #expect(try scratch.text("mesh-root-next.pem") == contents)
        try files.advance(from: plan, now: now)
        let second = #expect(throws: CertificateAuthorityError.self) { try files.beginReplacement(now: now) }
        #expect(second?.description.contains("step 2") == true)
        try files.advance(from: plan, now: now)
        #expect(code { _ = try files.beginReplacement(now: now) } == nil)
        let nowhere = RootFiles(directory: scratch.path("nowhere"))
        #expect(code { _ = try nowhere.beginReplacement(now: now) } == .file)
    }

    @Test("Taken back in either step, the old root is alone in the end", arguments: [1, 2])
    func cancelling(step: Int) throws {
        _ = try files.beginReplacement(now: now)
        if step == 2 { try files.advance(from: plan, now: now) }
        let expected = try plan.cancelled
        let trusted = try files.load(now: now).trustedPEM
        #expect(try files.cancelReplacement(now: now).plan == expected)
        #expect(try files.load(now: now).trustedPEM == trusted)
        while try plan.step != .settled { try files.advance(from: plan, now: now) }
        #expect(try plan == RootPlan(signing: old))
        #expect(scratch.files == ["mesh-root.pem"])
    }

    @Test("A change that was interrupted between its two parts is completed, or taken back")
    func interrupted() throws {
        for isCancelled in [false, true] {
            let present = try plan.signing
            let new = try #require(try files.beginReplacement(now: now).plan.next)
            // As it is after the first of the two parts.
            try FileManager.default.linkItem(
                atPath: scratch.path("mesh-root.pem"), toPath: scratch.path("mesh-root-previous.pem"))
            #expect(try plan == RootPlan(signing: present, next: new, previous: present))
            #expect(try plan.step == .distributing)
            #expect(try files.load(now: now).trustedPEM.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
            if isCancelled {
                #expect(try files.cancelReplacement(now: now).plan == RootPlan(signing: present, previous: new))
            } else {
                try files.advance(from: plan, now: now)
                #expect(try plan == RootPlan(signing: new, previous: present))
            }
            try files.advance(from: plan, now: now)
            #expect(scratch.files == ["mesh-root.pem"])
            #expect(try plan == RootPlan(signing: isCancelled ? present : new))
        }
        // The next root was taken away in that moment.
        try FileManager.default.linkItem(
            atPath: scratch.path("mesh-root.pem"), toPath: scratch.path("mesh-root-previous.pem"))
        #expect(try plan.step == .settled)
        try files.advance(from: plan, now: now)
        #expect(scratch.files == ["mesh-root.pem"])
    }

    @Test("A decision that rests on what was true before changes nothing")
    func stale() throws {
        _ = try files.beginReplacement(now: now)
        let stale = try plan
        _ = try files.cancelReplacement(now: now)
        let present = try plan
        try files.advance(from: stale, now: now)
        #expect(try plan == present)
    }

    @Test("A damaged or open file is refused, and nothing is changed", arguments: ["next", "previous"])
    func damaged(which: String) throws {
        let name = "mesh-root-\(which).pem"
        let path = try scratch.write("no root", to: name)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        for _ in 0..<2 {
            #expect(throws: CertificateAuthorityError.self) { try files.load(now: now) }
            #expect(throws: CertificateAuthorityError.self) { try files.beginReplacement(now: now) }
            #expect(throws: CertificateAuthorityError.self) { try files.cancelReplacement(now: now) }
            #expect(throws: CertificateAuthorityError.self) { try files.loadOrCreate(now: now) }
            #expect(scratch.files == ["\(name)", "mesh-root.pem"].sorted())
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
    }

    @Test("Of requests that are made together one begins, and all see the same root")
    func together() async throws {
        let files = files
        let outcomes = await withTaskGroup(of: String?.self, returning: [String?].self) { group in
            for _ in 0..<8 { group.addTask { try? files.beginReplacement(now: now).plan.next } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.compactMap { $0 } == [try plan.next])
        #expect(scratch.files == ["mesh-root-next.pem", "mesh-root.pem"])
    }

    @Test("A previous root that has ended counts as absent, and stops nothing")
    func endedPrevious() throws {
        let end = try files.load(now: now).signing.notAfter
        let halfway = now.addingTimeInterval(end.timeIntervalSince(now) / 2)
        _ = try files.beginReplacement(now: halfway)
        try files.advance(from: files.load(now: halfway).plan, now: halfway)
        let roots = try files.load(now: halfway)
        #expect(roots.plan.step == .reissuing)
        let after = try files.load(now: end.addingTimeInterval(1))
        #expect(after.plan == RootPlan(signing: roots.plan.signing))
        #expect(after.trustedPEM == roots.signing.rootPEM)
        // Another replacement can begin.
        _ = try files.beginReplacement(now: end.addingTimeInterval(1))
    }

    @Test("A root that signs and has ended is replaced by the next one, which still holds")
    func endedSigning() throws {
        let end = try files.load(now: now).signing.notAfter
        let halfway = now.addingTimeInterval(end.timeIntervalSince(now) / 2)
        let new = try #require(try files.beginReplacement(now: halfway).plan.next)
        let after = end.addingTimeInterval(1)
        #expect(try files.load(now: after).plan == RootPlan(signing: new))
        #expect(scratch.files == ["mesh-root.pem"])
    }
}
