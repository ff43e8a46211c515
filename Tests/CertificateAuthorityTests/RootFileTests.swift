import CertificateAuthority
import Foundation
import SwiftASN1
import Testing
import X509

@Suite("The root's file")
struct RootFileTests {
    @Test("A new root is one file of mode 0600, and the next start uses it")
    func creation() throws {
        let scratch = try Scratch()
        let path = scratch.path("root.pem")
        let first = try CertificateAuthority.loadOrCreate(at: path, name: "first", now: now)
        let contents = try scratch.text("root.pem")
        #expect(scratch.files == ["root.pem"])
        #expect(try scratch.mode("root.pem") == 0o600)
        let second = try CertificateAuthority.loadOrCreate(
            at: path, name: "second", algorithm: try #require(.rsa(bits: 2048)), now: now.addingTimeInterval(86_400))
        #expect(second.rootPEM == first.rootPEM)
        #expect(second.identifier == first.identifier)
        #expect(try scratch.text("root.pem") == contents)
        #expect(!first.rootPEM.contains("PRIVATE"))
    }

    @Test("A root is a certificate authority for ten years, and openssl takes it")
    func rootItself() throws {
        let scratch = try Scratch()
        let authority = try makeAuthority()
        let root = try Certificate(pemEncoded: authority.rootPEM)
        #expect(root.issuer == root.subject)
        #expect(authority.notAfter == root.notValidAfter)
        #expect(root.notValidAfter.timeIntervalSince(now) > 87_599 * 3600)
        let path = try scratch.write(authority.rootPEM, to: "ca.pem")
        let outcome = try Command.openssl(
            "verify", "-x509_strict", "-check_ss_sig", "-attime", "1790000000", "-CAfile", path, path
        ).run()
        #expect(outcome.status == 0, "\(outcome.output)")
        let text = try Command.openssl("x509", "-noout", "-text", "-in", path).run().output
        #expect(text.contains("CA:TRUE, pathlen:0"))
        #expect(text.contains("Certificate Sign, CRL Sign"))
    }

    @Test("Different roots have different identifiers")
    func identifiers() throws {
        let (one, other) = (try makeAuthority(), try makeAuthority())
        #expect(one.identifier != other.identifier)
        #expect(one.identifier.count == 16)
    }

    @Test("RSA keys have from 2048 to 4096 bits", arguments: [0, 1024, 2047, 2049, 2056, 4097, 8192, -1])
    func sizes(bits: Int) { #expect(KeyAlgorithm.rsa(bits: bits) == nil) }

    @Test("A name that a certificate cannot have makes no root", arguments: ["", String(repeating: "n", count: 65)])
    func rootNames(name: String) throws {
        let scratch = try Scratch()
        let error = #expect(throws: CertificateAuthorityError.self) {
            try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: name, now: now)
        }
        #expect(error?.code == .name)
        #expect(scratch.files == [])
    }

    @Test("Of many tasks that start together one makes the root and all use it")
    func tasks() async throws {
        let scratch = try Scratch()
        let path = scratch.path("root.pem")
        let roots = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try CertificateAuthority.loadOrCreate(at: path, name: "root \(index)", now: now).rootPEM
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(roots.count == 8)
        #expect(Set(roots).count == 1)
        #expect(scratch.files == ["root.pem"])
    }

    @Test("Of several processes that start together one makes the root and all use it")
    func processes() async throws {
        let scratch = try Scratch()
        let directory = scratch.directory
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<4 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [directory = directory as String, index = index as Int] in
                        // All of them wait for the last, so that they meet.
                        try Data().write(to: URL(filePath: "\(directory)/ready-\(index)"))
                        for _ in 0..<60_000 {
                            let files = try FileManager.default.contentsOfDirectory(atPath: directory)
                            if files.count(where: { $0.hasPrefix("ready-") }) == 4 { break }
                            usleep(1000)
                        }
                        let authority = try CertificateAuthority.loadOrCreate(
                            at: "\(directory)/root.pem", name: "root \(index)", now: now)
                        try Data(authority.rootPEM.utf8).write(to: URL(filePath: "\(directory)/seen-\(index)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let seen = try (0..<4).map { try scratch.text("seen-\($0)") }
        #expect(Set(seen).count == 1)
        #expect(scratch.files.filter { $0.hasPrefix("root.pem") } == ["root.pem"])
        let mine = try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "mine", now: now)
        #expect(seen == Array(repeating: mine.rootPEM, count: 4))
    }
}
