import CertificateAuthority
import Foundation

/// A directory of a test's own, removed with it.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "osm-certificates-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? [] }

    /// Writes a file that nobody else may read.
    func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
        let path = path(name)
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
    }
}

/// The time at which the tests take place.
let now = Date(timeIntervalSince1970: 1_790_000_000.5)

/// A root for tests that do not care about its file.
func makeAuthority(
    _ name: String = "osm-ca.openservicemesh.io", algorithm: KeyAlgorithm = .ecdsaP256, now: Date = now
) throws -> CertificateAuthority {
    let scratch = try Scratch()
    return try .loadOrCreate(at: scratch.path("root.pem"), name: name, algorithm: algorithm, now: now)
}

/// Whether a text holds a part of the private key in a PEM text.
func reveals(_ text: String, keyIn pem: String) -> Bool {
    guard let start = pem.range(of: "PRIVATE KEY-----"),
        let end = pem[start.upperBound...].range(of: "-----END")
    else { return false }
    let key = pem[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
    let letters = Array(key)
    return (0..<max(0, letters.count - 10)).contains { text.contains(String(letters[$0..<$0 + 10])) }
}
