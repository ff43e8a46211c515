import CertificateAuthority
import CryptoExtras
import Foundation
import MeshModel
import SwiftASN1
import Testing
import X509

@Suite("Keys of RSA for workloads")
struct RSALeafTests {
    private static let web = ServiceIdentity(namespace: "shop", serviceAccount: "web")

    private static func configuration(_ algorithm: String, bits: Int = 2048) -> MeshConfig.Certificate {
        var configuration = MeshConfig.Certificate()
        (configuration.keyAlgorithm, configuration.certKeyBitSize) = (algorithm, bits)
        return configuration
    }

    @Test("A root of either kind signs them, openssl verifies them, and their key is PKCS#8", arguments: [false, true])
    func issued(hasRSARoot: Bool) async throws {
        let start = Date()
        let algorithm = hasRSARoot ? try #require(KeyAlgorithm.rsa(bits: 2048)) : .ecdsaP256
        let authority = try makeAuthority(algorithm: algorithm, now: start)
        let certificates = WorkloadCertificates(
            authority: authority, trustDomain: "cluster.local", configuration: Self.configuration("rsa"))
        guard case .elsewhere = try certificates.secret(for: Self.web, currentVersion: nil, now: start) else {
            Issue.record("a key of RSA takes too long to be made at once")
            return
        }
        guard case .issued(let issued, let version) = await certificates.fetch(for: Self.web, as: "uid", now: start)
        else {
            Issue.record("nothing was issued")
            return
        }
        #expect(issued.privateKeyPEM.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let certificate = try Certificate(pemEncoded: issued.certificateChainPEM)
        let key = try _RSA.Signing.PrivateKey(pemRepresentation: issued.privateKeyPEM)
        #expect(key.keySizeInBits == 2048)
        #expect(certificate.publicKey == Certificate.PublicKey(key.publicKey))
        let scratch = try Scratch()
        let root = try scratch.write(authority.rootPEM, to: "root.pem")
        let leaf = try scratch.write(issued.certificateChainPEM, to: "leaf.pem")
        let private_ = try scratch.write(issued.privateKeyPEM, to: "key.pem")
        for purpose in ["sslserver", "sslclient"] {
            let verified = try Command.openssl("verify", "-purpose", purpose, "-CAfile", root, leaf).run()
            #expect(verified.status == 0, "\(verified.output)")
        }
        let checked = try Command.openssl("pkey", "-in", private_, "-check", "-noout").run()
        #expect(checked.status == 0, "\(checked.output)")
        guard case .current = try certificates.secret(for: Self.web, currentVersion: version, now: start) else {
            Issue.record("what was issued is not current")
            return
        }
        #expect(certificates.issued == 1)
    }

    @Test("An edit holds for what is issued next: what proxies have stays")
    func edited() async throws {
        let start = Date()
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(now: start), trustDomain: "cluster.local")
        guard
            case .issued(_, let version) = try certificates.secret(for: Self.web, currentVersion: nil, now: start)
        else {
            Issue.record("a key of ECDSA is made at once")
            return
        }
        let series = certificates.series
        certificates.configure(Self.configuration("rsa"))
        guard case .current = try certificates.secret(for: Self.web, currentVersion: version, now: start) else {
            Issue.record("it is not current any more")
            return
        }
        #expect(certificates.series == series)
        guard case .elsewhere = try certificates.secret(for: Self.web, currentVersion: nil, now: start) else {
            Issue.record("the next one has no key of RSA")
            return
        }
        certificates.configure(Self.configuration(""))
        guard case .issued = try certificates.secret(for: Self.web, currentVersion: nil, now: start) else {
            Issue.record("the next one has a key of RSA still")
            return
        }
    }

    @Test("A size is rounded up to one that can be made, and holds for RSA alone")
    func sizes() {
        #expect(KeyAlgorithm(Self.configuration("rsa", bits: 3000)) == KeyAlgorithm.rsa(bits: 3072))
        #expect(KeyAlgorithm(Self.configuration("rsa", bits: 4096)) == KeyAlgorithm.rsa(bits: 4096))
        #expect(KeyAlgorithm(Self.configuration("rsa", bits: 1)) == KeyAlgorithm.rsa(bits: 2048))
        #expect(KeyAlgorithm(Self.configuration("rsa", bits: 1 << 40)) == KeyAlgorithm.rsa(bits: 4096))
        for algorithm in ["", "ecdsa-p256", "RSA"] {
            #expect(KeyAlgorithm(Self.configuration(algorithm, bits: 4096)) == .ecdsaP256)
        }
    }

    @Test("Who does not wait any more leaves the line, and the others get theirs")
    func cancelled() async throws {
        let start = Date()
        let certificates = WorkloadCertificates(
            authority: try makeAuthority(now: start), trustDomain: "cluster.local",
            configuration: Self.configuration("rsa"))
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await withTaskGroup(of: Bool.self) { inner in
                        inner.addTask {
                            if case .issued = await certificates.fetch(for: Self.web, as: "\(number)", now: start) {
                                return true
                            }
                            return false
                        }
                        if number >= 4 { inner.cancelAll() }
                        return await inner.next() ?? false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 4)
        #expect(certificates.issued == 4)
    }
}
