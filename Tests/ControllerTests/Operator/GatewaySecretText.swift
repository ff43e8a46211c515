import Foundation
import TestCluster
import Testing

/// The Secret of a gateway's certificate, as the gateway reads it, judged by openssl.
struct GatewaySecretText: Decodable {
    struct Metadata: Decodable {
        let labels: [String: String]?
        let uid: String
    }

    let metadata: Metadata
    let type: String
    let data: [String: Data]?

    /// The Secret; `nil` if there is none.
    static func read(_ name: String, in namespace: String, _ cluster: TestCluster) async throws -> Self? {
        let outcome = try await cluster.kubectl([
            "get", "secret", name, "--namespace", namespace, "--ignore-not-found", "--output", "json",
        ])
        guard outcome.status == 0, !outcome.stdout.isEmpty else { return nil }
        return try JSONDecoder().decode(Self.self, from: Data(outcome.stdout.utf8))
    }

    func text(_ field: String) -> String { String(decoding: data?[field] ?? Data(), as: UTF8.self) }

    /// The certificates of `ca.crt`, in its order.
    var roots: [String] {
        text("ca.crt").components(separatedBy: "-----END CERTIFICATE-----").dropLast().map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines) + "\n-----END CERTIFICATE-----\n"
        }
    }

    /// Whether `tls.crt` stands under some roots, as client and as server.
    func stands(under roots: String) throws -> Bool {
        try ["sslclient", "sslserver"].allSatisfy { purpose in
            try Self.openssl(
                ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca", "certificate"],
                ["ca": roots, "certificate": text("tls.crt")]
            ).status == 0
        }
    }

    /// The root of `ca.crt` that signed `tls.crt`.
    var signer: String? { get throws { try roots.first { try stands(under: $0) } } }

    /// What openssl says of `tls.crt`.
    func certificate(_ options: String...) throws -> String {
        try Self.openssl(
            ["x509", "-noout"] + options + ["-in", "certificate"], ["certificate": text("tls.crt")]
        ).output
    }

    /// Whether the key is the certificate's.
    var isPair: Bool {
        get throws {
            let key = try Self.openssl(["pkey", "-pubout", "-in", "key"], ["key": text("tls.key")])
            return try key.status == 0 && key.output == certificate("-pubkey")
        }
    }

    private static func openssl(
        _ arguments: [String], _ files: [String: String]
    ) throws -> (status: Int32, output: String) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}
