import Foundation
import JWTKit

/// An RSA key of a test, made by openssl since this target knows no way to make one, and what it signed.
struct TestRSA {
    let jwk: String
    let publicPEM: String
    /// A good token.
    let token: String
    /// A token of another RSA key under the same id.
    let otherToken: String
    /// A token signed with RS512.
    let longDigestToken: String

    static func make() async throws -> TestRSA {
        let key = try Insecure.RSA.PrivateKey(pem: try pem())
        let other = try Insecure.RSA.PrivateKey(pem: try pem())
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        let (n, e) = (base64URL(modulus.base64EncodedString()), base64URL(exponent.base64EncodedString()))
        func sign(_ key: Insecure.RSA.PrivateKey, _ digest: DigestAlgorithm = .sha256) async throws -> String {
            try await JWTKeyCollection().add(rsa: key, digestAlgorithm: digest)
                .sign(TestClaims(), header: ["kid": "rsa-1"])
        }
        return TestRSA(
            jwk: #"{"use":"sig","kty":"RSA","kid":"rsa-1","alg":"RS256","n":"\#(n)","e":"\#(e)"}"#,
            publicPEM: key.publicKey.pemRepresentation, token: try await sign(key), otherToken: try await sign(other),
            longDigestToken: try await sign(key, .sha512))
    }

    /// A new private key of some size.
    static func pem(bits: Int = 2048) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = ["genrsa", "-traditional", "\(bits)"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}
