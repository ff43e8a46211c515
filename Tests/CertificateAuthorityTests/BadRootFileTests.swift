import CertificateAuthority
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A root's file that cannot be used")
struct BadRootFileTests {
    /// Loads a file that must be refused, and looks at how it is refused.
    private func refusal(
        of scratch: Scratch, _ name: String = "root.pem", now: Date = now, revealing key: String = ""
    ) throws -> CertificateAuthorityError {
        let before = try? scratch.text(name)
        let files = scratch.files
        let error = try #require(throws: CertificateAuthorityError.self) {
            try CertificateAuthority.loadOrCreate(at: scratch.path(name), name: "root", now: now)
        }
        #expect(error.message.contains(scratch.path(name)))
        #expect(error.message.contains(": "), "a message says what to do")
        #expect(!reveals("\(error)", keyIn: key))
        #expect((try? scratch.text(name)) == before, "what was there stays as it was")
        #expect(scratch.files == files, "nothing is left behind")
        return error
    }

    @Test(
        "A file cut off at any place is refused and left alone",
        arguments: [0, 1, 27, 28, 60, 100, 241, 260, 400, 600, 790])
    func halfWritten(bytes: Int) throws {
        let scratch = try Scratch()
        _ = try CertificateAuthority.loadOrCreate(at: scratch.path("good.pem"), name: "root", now: now)
        let good = try scratch.text("good.pem")
        #expect(bytes < good.utf8.count - 30)
        _ = try scratch.write(String(good.prefix(bytes)), to: "root.pem")
        #expect(try refusal(of: scratch, revealing: good).code == .root)
    }

    @Test("A file with one changed letter is refused, or is the same root")
    func corrupted() throws {
        let scratch = try Scratch()
        let authority = try CertificateAuthority.loadOrCreate(at: scratch.path("good.pem"), name: "root", now: now)
        let good = try scratch.text("good.pem")
        var refused = 0
        for index in good.utf8.indices {
            let letter = good.utf8[index] == UInt8(ascii: "A") ? "B" : "A"
            let changed = good[..<index] + letter + good[good.utf8.index(after: index)...]
            let path = try scratch.write(String(changed), to: "root.pem")
            do {
                // Such as a letter in the public key that stands beside the private one.
                let loaded = try CertificateAuthority.loadOrCreate(at: path, name: "root", now: now)
                #expect(loaded.rootPEM == authority.rootPEM)
            } catch let error as CertificateAuthorityError {
                refused += 1
                #expect(error.code == .root)
                #expect(error.message.hasPrefix(path))
                #expect(!reveals("\(error)", keyIn: good))
            }
        }
        #expect(refused > 600)
    }

    @Test("Bytes that are no text are refused")
    func binary() throws {
        let scratch = try Scratch()
        _ = try scratch.write("", to: "root.pem")
        try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: URL(filePath: scratch.path("root.pem")))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: scratch.path("root.pem"))
        #expect(try refusal(of: scratch).code == .file)
    }

    @Test("The key of another root is refused")
    func mismatch() throws {
        let scratch = try Scratch()
        for name in ["one", "other"] {
            _ = try CertificateAuthority.loadOrCreate(at: scratch.path(name), name: name, now: now)
        }
        let (one, other) = (try scratch.text("one"), try scratch.text("other"))
        let cut = try #require(one.range(of: "-----BEGIN CERTIFICATE"))
        let otherCut = try #require(other.range(of: "-----BEGIN CERTIFICATE"))
        _ = try scratch.write(String(one[..<cut.lowerBound] + other[otherCut.lowerBound...]), to: "root.pem")
        let error = try refusal(of: scratch, revealing: one)
        #expect(error.code == .root)
        #expect(error.message.contains("do not belong together"))
    }

    @Test("Anything but one key and one certificate is refused", arguments: ["key", "certificate", "both twice"])
    func parts(part: String) throws {
        let scratch = try Scratch()
        _ = try CertificateAuthority.loadOrCreate(at: scratch.path("good"), name: "root", now: now)
        let good = try scratch.text("good")
        let cut = try #require(good.range(of: "-----BEGIN CERTIFICATE")).lowerBound
        let text = ["key": String(good[..<cut]), "certificate": String(good[cut...]), "both twice": good + good][part]
        _ = try scratch.write(try #require(text), to: "root.pem")
        #expect(try refusal(of: scratch, revealing: good).code == .root)
    }

    @Test(
        "A certificate that is no authority, or is signed by another, is refused",
        arguments: ["leaf", "no signing", "foreign"])
    func notRoot(flaw: String) throws {
        let scratch = try Scratch()
        let (key, foreign) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("root") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now,
            notValidAfter: now.addingTimeInterval(3600), issuer: name, subject: name,
            extensions: Certificate.Extensions {
                Critical(
                    flaw == "leaf"
                        ? BasicConstraints.notCertificateAuthority : .isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: flaw == "no signing", keyCertSign: flaw != "no signing"))
            }, issuerPrivateKey: .init(flaw == "foreign" ? foreign : key))
        _ = try scratch.write(key.pemRepresentation + "\n" + certificate.serializeAsPEM().pemString, to: "root.pem")
        let error = try refusal(of: scratch, revealing: key.pemRepresentation)
        #expect(error.code == .root)
        #expect(error.message.contains(flaw == "foreign" ? "not signed by its own key" : "may not sign others"))
    }

    @Test("A key that proxies cannot verify is refused")
    func curve() throws {
        let scratch = try Scratch()
        let key = P384.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("root") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now,
            notValidAfter: now.addingTimeInterval(3600), issuer: name, subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            },
            issuerPrivateKey: .init(key))
        _ = try scratch.write(key.pemRepresentation + "\n" + certificate.serializeAsPEM().pemString, to: "root.pem")
        #expect(try refusal(of: scratch, revealing: key.pemRepresentation).message.contains("P-256"))
    }

    @Test(
        "A root is refused before and after its time, and its file kept",
        arguments: [-301, 315_360_000] as [TimeInterval])
    func time(offset: TimeInterval) throws {
        let scratch = try Scratch()
        _ = try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now)
        let error = try refusal(
            of: scratch, now: now.addingTimeInterval(offset), revealing: try scratch.text("root.pem"))
        #expect(error.code == .validity)
        #expect(error.message.contains("20"), "the time is in the message")
    }

    @Test("A file that others may read is refused", arguments: [0o604, 0o640, 0o660, 0o602, 0o644, 0o777, 0o601])
    func mode(mode: Int) throws {
        let scratch = try Scratch()
        _ = try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: scratch.path("root.pem"))
        let error = try refusal(of: scratch)
        #expect(error.code == .file)
        #expect(error.message.contains("mode 0\(String(mode, radix: 8))"))
        #expect(error.message.contains("chmod 600"))
        #expect(try scratch.mode("root.pem") == mode, "nothing is repaired silently")
    }

    @Test("A file without the right to write is good")
    func readOnly() throws {
        let scratch = try Scratch()
        let first = try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now)
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: scratch.path("root.pem"))
        #expect(
            try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now).rootPEM
                == first.rootPEM)
    }

    @Test(
        "What is no file, or lies where none can be, is named",
        arguments: ["directory", "pipe", "large", "nowhere", "below", "link"])
    func noFile(kind: String) throws {
        let scratch = try Scratch()
        var name = "root.pem"
        switch kind {
        case "directory":
            try FileManager.default.createDirectory(
                atPath: scratch.path(name), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        case "pipe": #expect(mkfifo(scratch.path(name), 0o600) == 0)
        case "large": _ = try scratch.write(String(repeating: "x", count: 70_000), to: name)
        case "link":
            try FileManager.default.createSymbolicLink(atPath: scratch.path(name), withDestinationPath: "nothing")
        case "nowhere": name = "missing/root.pem"
        default:
            _ = try scratch.write("", to: "plain")
            name = "plain/root.pem"
        }
        if kind == "pipe" {
            // Reading the pipe, as the other checks do, would wait for a writer.
            let error = #expect(throws: CertificateAuthorityError.self) {
                try CertificateAuthority.loadOrCreate(at: scratch.path(name), name: "root", now: now)
            }
            #expect(error?.code == .file)
        } else {
            #expect(try refusal(of: scratch, name).code == .file)
        }
    }

    @Test("A disk that fills up while the file is written leaves nothing, and the next start makes the root")
    func fullDisk() async throws {
        let scratch = try Scratch()
        let directory = scratch.directory
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            // Stands for a full disk: the first bytes are written, the others are not.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100, rlim_max: 1_000_000)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let error = #expect(throws: CertificateAuthorityError.self) {
                try CertificateAuthority.loadOrCreate(at: "\(directory)/root.pem", name: "root", now: now)
            }
            #expect(error?.code == .file)
            #expect(error?.message.contains("\(directory)/root.pem cannot be written") == true)
            #expect(error?.message.contains("make room") == true)
        }
        #expect(scratch.files == [])
        let authority = try CertificateAuthority.loadOrCreate(at: scratch.path("root.pem"), name: "root", now: now)
        #expect(authority.rootPEM.isEmpty == false)
    }

    @Test("A directory that may not be written to, or a file of another user, is named")
    func foreign() async throws {
        try #require(geteuid() == 0, "to act as another user the tests must run as root")
        let scratch = try Scratch()
        _ = try scratch.write("x", to: "theirs")
        #expect(chown(scratch.path("theirs"), 65_533, 65_533) == 0)
        let directory = scratch.directory
        #expect(chmod(directory, 0o755) == 0)
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            #expect(seteuid(65_534) == 0)
            let unwritable = #expect(throws: CertificateAuthorityError.self) {
                try CertificateAuthority.loadOrCreate(at: "\(directory)/root.pem", name: "root", now: now)
            }
            #expect(unwritable?.code == .file)
            #expect(unwritable?.message.contains("\(directory)/root.pem cannot be made (Permission denied)") == true)
            let unreadable = #expect(throws: CertificateAuthorityError.self) {
                try CertificateAuthority.loadOrCreate(at: "\(directory)/theirs", name: "root", now: now)
            }
            #expect(unreadable?.message.contains("\(directory)/theirs cannot be read (Permission denied)") == true)
        }
        #expect(scratch.files == ["theirs"])
        #expect(try refusal(of: scratch, "theirs").message.contains("belongs to another user"))
    }
}
