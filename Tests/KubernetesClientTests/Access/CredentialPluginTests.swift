import Foundation
import MeshModel
import TestCluster
import Testing

@testable import KubernetesClient

@Suite("A credential plugin")
struct CredentialPluginTests {
    /// A plugin that runs a shell script, and writes a line to a file each time it runs.
    private struct Script {
        let directory: URL

        init() throws {
            directory = FileManager.default.temporaryDirectory.appending(path: "plugin-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }

        func plugin(_ script: String, version: String = "client.authentication.k8s.io/v1") -> CredentialPlugin {
            CredentialPlugin(
                apiVersion: version, command: "/bin/sh", arguments: ["-c", "echo run >>\"$RUNS\"\n\(script)", "-"],
                environment: ["RUNS": file("runs"), "DIRECTORY": directory.path], providesClusterInfo: true)
        }

        func file(_ name: String) -> String { directory.appending(path: name).path }
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: file(name), atomically: true, encoding: .utf8)
        }
        func text(_ name: String) -> String { (try? String(contentsOfFile: file(name), encoding: .utf8)) ?? "" }
        var runs: Int { text("runs").split(separator: "\n").count }
        func remove() { try? FileManager.default.removeItem(at: directory) }
    }

    private static func answer(_ status: String, version: String = "client.authentication.k8s.io/v1") -> String {
        "echo '{\"apiVersion\":\"\(version)\",\"kind\":\"ExecCredential\",\"status\":{\(status)}}'"
    }

    @Test(
        "Is told about the cluster, and what it answers is used until it ends", arguments: CredentialPlugin.apiVersions)
    func token(version: String) async throws {
        let script = try Script()
        defer { script.remove() }
        let plugin = script.plugin(
            "printf %s \"$KUBERNETES_EXEC_INFO\" >\"$DIRECTORY/info\"\n"
                + Self.answer("\"token\":\"t\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\"", version: version),
            version: version)
        let access = ClusterAccess(
            server: "https://s:1", authorities: "CA", credential: .plugin(plugin), tlsServerName: "n")
        let source = CredentialSource(access)
        try await withThrowingTaskGroup(of: IssuedCredential.self) { group in
            for _ in 0..<8 { group.addTask { try await source.credential() } }
            for try await credential in group { #expect(credential.token == "t") }
        }
        // However many ask at once, it runs once.
        #expect(script.runs == 1)
        let info = try JSONDecoder().decode(ExecCredential.self, from: Data(script.text("info").utf8))
        #expect(info.apiVersion == version)
        #expect(info.spec?.interactive == false)
        #expect(
            info.spec?.cluster
                == .init(server: "https://s:1", certificateAuthorityData: "Q0E=", tlsServerName: "n"))
        source.refused(try await source.credential())
        _ = try await source.credential()
        #expect(script.runs == 2)
    }

    @Test("Runs again when what it gave is about to end")
    func expiry() async throws {
        let script = try Script()
        defer { script.remove() }
        let soon = Date().addingTimeInterval(5).formatted(.iso8601)
        let plugin = script.plugin(Self.answer("\"token\":\"t\",\"expirationTimestamp\":\"\(soon)\""))
        let source = CredentialSource(ClusterAccess(server: "https://s", credential: .plugin(plugin)))
        for _ in 0..<3 { _ = try await source.credential() }
        #expect(script.runs == 3)
    }

    @Test(
        "That does not do as it should is named, and what it printed is not",
        arguments: [
            ("echo secret; echo no login >&2; exit 3", "no login"), ("echo secret", "its output is no ExecCredential"),
            (answer(""), "neither a token nor a client certificate"),
            (answer("\"token\":\"secret\",\"clientKeyData\":\"secret\""), "a key alone"),
            (answer("\"token\":\"secret\"", version: "client.authentication.k8s.io/v1beta1"), "not of client."),
            (answer("\"token\":\"secret\",\"expirationTimestamp\":\"soon\""), "is no time"),
        ])
    func mistakes(program: String, words: String) async throws {
        let script = try Script()
        defer { script.remove() }
        let access = ClusterAccess(server: "https://s", credential: .plugin(script.plugin(program)))
        let error = try await #require(throws: KubernetesError.self) {
            try await CredentialSource(access).credential()
        }
        #expect(error.code == .configuration)
        #expect(error.message.contains(words), "\(error.message)")
        #expect(!"\(error)".contains("secret"), "\(error)")
    }

    @Test("That is not installed is named, with the hint of the file")
    func missing() async throws {
        let plugin = CredentialPlugin(
            apiVersion: CredentialPlugin.apiVersions[0], command: "no-such-plugin", installHint: "see the manual")
        let error = try await #require(throws: KubernetesError.self) {
            try await plugin.credential(for: ClusterAccess(server: "https://s"))
        }
        #expect(error.message == "credential plugin no-such-plugin: could not be run: see the manual")
    }

    @Test("May give a client certificate, which the real API server takes, and another one later")
    func certificate() async throws {
        let cluster = try await TestCluster.shared()
        let script = try Script()
        defer { script.remove() }
        func write(_ status: [String: String]) throws {
            let credential = try JSONEncoder().encode(status)
            try script.write(String(decoding: credential, as: UTF8.self), "status")
        }
        let plugin = script.plugin(
            """
            printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":'
            cat "$DIRECTORY/status"
            echo '}'
            """)
        try write(["token": "nonsense"])
        var access = cluster.access
        access.clientCertificate = nil
        access.credential = .plugin(plugin)
        try await cluster.withClient(access) { client in
            let error = try await #require(throws: KubernetesError.self) {
                try await client.list(.namespace, as: Manifest.self)
            }
            #expect(error.code == .unauthorized, "\(error)")
            #expect(script.runs == 2)
            try write([
                "clientCertificateData": cluster.adminCertificatePEM, "clientKeyData": cluster.adminKeyPEM,
            ])
            // The refused token is followed by a new one, which is a certificate.
            #expect(try await !client.list(.namespace, as: Manifest.self).isEmpty)
            #expect(script.runs == 3)
        }
    }
}
