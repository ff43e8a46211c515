import Foundation
import Testing

@testable import KubernetesClient

@Suite("A kubeconfig")
struct KubeconfigTests {
    /// Files in a directory of their own, for the body.
    private func withFiles<Value>(_ files: [String: String], _ body: (String) throws -> Value) throws -> Value {
        let directory = FileManager.default.temporaryDirectory.appending(path: "kubeconfig-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files {
            let file = directory.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return try body(directory.path)
    }

    private static let main = """
        apiVersion: v1
        kind: Config
        current-context: prod
        clusters:
        - name: prod
          cluster: {server: "https://prod:6443", certificate-authority: pki/ca.crt, tls-server-name: kubernetes}
        - name: data
          cluster: {server: "https://data:6443", certificate-authority-data: Q0E=, insecure-skip-tls-verify: true}
        - name: proxied
          cluster: {server: "https://x", proxy-url: "http://proxy"}
        users:
        - name: cert
          user: {client-certificate: cert.pem, client-key: /nowhere/../KEY}
        - name: cert-data
          user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
        - name: half
          user: {client-certificate-data: Q0VSVA==}
        - name: token
          user: {token: secret}
        - name: file
          user: {token: stale, tokenFile: tokens/t}
        - name: exec
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1beta1
              command: bin/login
              args: [get, token]
              env: [{name: A, value: "1"}]
              provideClusterInfo: true
              installHint: install it
              interactiveMode: IfAvailable
        - name: old-exec
          user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: login}}
        - name: password
          user: {username: a, password: b}
        - name: provider
          user: {auth-provider: {name: gcp}}
        contexts:
        - {name: prod, context: {cluster: prod, user: token, namespace: apps}}
        - {name: data, context: {cluster: data, user: cert-data}}
        - {name: file, context: {cluster: data, user: file}}
        - {name: exec, context: {cluster: data, user: exec}}
        - {name: anonymous, context: {cluster: data, user: ""}}
        - {name: half, context: {cluster: data, user: half}}
        - {name: old-exec, context: {cluster: data, user: old-exec}}
        - {name: password, context: {cluster: data, user: password}}
        - {name: provider, context: {cluster: data, user: provider}}
        - {name: proxied, context: {cluster: proxied, user: token}}
        - {name: no-cluster, context: {cluster: missing, user: token}}
        - {name: no-user, context: {cluster: data, user: missing}}
        """

    private func access(_ context: String? = nil) throws -> ClusterAccess {
        try withFiles(["config": Self.main, "pki/ca.crt": "AUTHORITY"]) {
            try ClusterAccess.kubeconfig(path: "\($0)/config", context: context)
        }
    }

    @Test("Gives the current context, with files relative to its own place")
    func current() throws {
        let expected = ClusterAccess(
            server: "https://prod:6443", authorities: "AUTHORITY", credential: .token("secret"),
            tlsServerName: "kubernetes", defaultNamespace: "apps")
        #expect(try access() == expected)
    }

    @Test("Gives another context, with what stands in the file itself")
    func data() throws {
        let expected = ClusterAccess(
            server: "https://data:6443", authorities: "CA",
            clientCertificate: .init(certificate: "CERT", key: "KEY"), skipsVerification: true)
        #expect(try access("data") == expected)
        #expect(try access("anonymous").credential == ClusterAccess.Credential.none)
    }

    @Test("Prefers a token's file to a token")
    func tokenFile() throws {
        guard case .tokenFile(let path) = try access("file").credential else { throw Failure() }
        #expect(path.hasSuffix("/tokens/t"))
        #expect(path.hasPrefix("/"))
    }

    private struct Failure: Error {}

    @Test("Names a credential plugin, its command relative to the file")
    func plugin() throws {
        guard case .plugin(let plugin) = try access("exec").credential else { throw Failure() }
        #expect(plugin.command.hasPrefix("/"))
        #expect(plugin.command.hasSuffix("/bin/login"))
        #expect(plugin.arguments == ["get", "token"])
        #expect(plugin.environment == ["A": "1"])
        #expect(plugin.providesClusterInfo)
        #expect(plugin.installHint == "install it")
    }

    @Test(
        "Says what is wrong with it, and what to do",
        arguments: [
            ("nowhere", "context nowhere: does not exist; there are: anonymous, data, "),
            ("half", "a client certificate needs its key"), ("old-exec", "v1alpha1; it must be one of client."),
            ("password", "passwords and `auth-provider` are gone"), ("provider", "`auth-provider` are gone"),
            ("proxied", "`proxy-url` is not supported"), ("no-cluster", "its cluster missing does not exist"),
            ("no-user", "its user missing does not exist"),
        ])
    func mistakes(context: String, words: String) throws {
        let error = try #require(throws: KubernetesError.self) { try access(context) }
        #expect(error.code == .configuration)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test("Is merged from a list of files as kubectl does: the first to say something counts")
    func merging() throws {
        let first = """
            clusters: [{name: c, cluster: {server: "https://first"}}]
            users: [{name: u, user: {tokenFile: t}}]
            """
        let second = """
            current-context: x
            clusters: [{name: c, cluster: {server: "https://second"}}, {name: d, cluster: {server: "https://d"}}]
            contexts: [{name: x, context: {cluster: c, user: u}}, {name: y, context: {cluster: d, user: u}}]
            """
        let third = "current-context: y\nusers: [{name: u, user: {token: third}}]"
        try withFiles(["a/1": first, "b/2": second, "c/3": third, "empty": "\n"]) { directory in
            let list = ["a/1", "missing", "empty", "b/2", "c/3"].map { "\(directory)/\($0)" }.joined(separator: ":")
            let merged = try ClusterAccess.kubeconfig(path: nil, context: nil, environment: ["KUBECONFIG": list])
            #expect(merged.server == "https://first")
            #expect(merged.credential == .tokenFile("\(directory)/a/t"))
            let other = try ClusterAccess.kubeconfig(path: nil, context: "y", environment: ["KUBECONFIG": list])
            #expect(other.server == "https://d")
        }
    }

    @Test("Is found in the home directory, and missed with a message")
    func home() throws {
        try withFiles([".kube/config": Self.main, ".kube/pki/ca.crt": "AUTHORITY"]) { directory in
            let access = try ClusterAccess.kubeconfig(path: nil, context: nil, environment: ["HOME": directory])
            #expect(access.server == "https://prod:6443")
            let error = try #require(throws: KubernetesError.self) {
                try ClusterAccess.kubeconfig(path: nil, context: nil, environment: ["HOME": "\(directory)/x"])
            }
            #expect(
                error.message
                    == "no kubeconfig at \(directory)/x/.kube/config: name one with --kubeconfig or KUBECONFIG")
        }
    }

    @Test("That is none is named")
    func unreadable() throws {
        try withFiles(["config": "clusters: 7"]) { directory in
            let error = try #require(throws: KubernetesError.self) {
                try ClusterAccess.kubeconfig(path: "\(directory)/config")
            }
            #expect(error.message.hasPrefix("\(directory)/config: is no kubeconfig"))
        }
    }

    @Test("A pod has its ServiceAccount's access", arguments: [("10.0.0.1", "10.0.0.1"), ("fd00::1", "[fd00::1]")])
    func inCluster(host: String, inURL: String) throws {
        let environment = ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"]
        try withFiles(["token": "secret\n", "ca.crt": "AUTHORITY", "namespace": "osm-system\n"]) { directory in
            let expected = ClusterAccess(
                server: "https://\(inURL):443", authorities: "AUTHORITY", credential: .tokenFile("\(directory)/token"),
                defaultNamespace: "osm-system")
            #expect(try ClusterAccess.inCluster(directory: directory, environment: environment) == expected)
            let outside = try #require(throws: KubernetesError.self) {
                try ClusterAccess.inCluster(directory: directory, environment: [:])
            }
            #expect(outside.message.contains("KUBERNETES_SERVICE_HOST"))
        }
    }

    @Test("Prints no credential")
    func redaction() throws {
        let access = try access()
        var dumped = ""
        dump(access, to: &dumped)
        #expect(!"\(access) \(String(reflecting: access)) \(dumped)".contains("secret"))
        #expect("\(access)" == "https://prod:6443")
    }

    @Test(
        "Servers are read with and without path, port and brackets",
        arguments: [
            ("https://a:6443", nil, "https://a:6443"), ("https://a/k8s/", nil, "https://a/k8s"),
            ("https://[fd00::1]:443", nil, "https://[fd00::1]:443"),
            ("https://10.0.0.1:6443", "name", "https://name:6443"),
        ] as [(String, String?, String)])
    func servers(text: String, name: String?, base: String) throws {
        #expect(try ServerAddress(text).base(for: name) == base)
    }

    @Test("What is no server is refused", arguments: ["", "a:6443", "ftp://a", "https://", "/path"])
    func noServers(text: String) {
        #expect(throws: KubernetesError.self) { try ServerAddress(text) }
    }
}
