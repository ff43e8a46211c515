/// A kubeconfig file, or several that were merged.
///
/// Only what is used is read. Of each cluster, user and context the first file that names it counts, and the first
/// file that sets the current context, as kubectl merges them.
struct Kubeconfig: Equatable, Sendable {
    struct Cluster: Decodable, Equatable, Sendable {
        var server: String?
        var certificateAuthority: String?
        var certificateAuthorityData: String?
        var insecureSkipVerification: Bool?
        var tlsServerName: String?
        var proxyURL: String?

        enum CodingKeys: String, CodingKey {
            case server
            case certificateAuthority = "certificate-authority"
            case certificateAuthorityData = "certificate-authority-data"
            case insecureSkipVerification = "insecure-skip-tls-verify"
            case tlsServerName = "tls-server-name"
            case proxyURL = "proxy-url"
        }
    }

    struct User: Decodable, Equatable, Sendable {
        struct Plugin: Decodable, Equatable, Sendable {
            struct Variable: Decodable, Equatable, Sendable {
                let name: String
                let value: String
            }

            var apiVersion: String?
            var command: String
            var args: [String]?
            var env: [Variable]?
            var provideClusterInfo: Bool?
            var installHint: String?
        }

        struct Ignored: Decodable, Equatable, Sendable {}

        var clientCertificate: String?
        var clientCertificateData: String?
        var clientKey: String?
        var clientKeyData: String?
        var token: String?
        var tokenFile: String?
        var username: String?
        var impersonated: String?
        var authProvider: Ignored?
        var exec: Plugin?

        enum CodingKeys: String, CodingKey {
            case token, tokenFile, username, exec
            case clientCertificate = "client-certificate"
            case clientCertificateData = "client-certificate-data"
            case clientKey = "client-key"
            case clientKeyData = "client-key-data"
            case impersonated = "as"
            case authProvider = "auth-provider"
        }
    }

    struct Context: Decodable, Equatable, Sendable {
        var cluster: String
        var user: String?
        var namespace: String?
    }

    /// A value and the directory that its relative paths start from.
    struct Entry<Value: Equatable & Sendable>: Equatable, Sendable {
        let value: Value
        let directory: String

        /// A path of the entry, made absolute.
        func resolved(_ path: String) -> String {
            path.hasPrefix("/") ? path : directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
        }
    }

    var currentContext: String?
    var clusters: [String: Entry<Cluster>] = [:]
    var users: [String: Entry<User>] = [:]
    var contexts: [String: Entry<Context>] = [:]

    /// Adds what another file says and this does not.
    mutating func merge(_ other: Kubeconfig) {
        if currentContext ?? "" == "" { currentContext = other.currentContext }
        clusters.merge(other.clusters) { own, _ in own }
        users.merge(other.users) { own, _ in own }
        contexts.merge(other.contexts) { own, _ in own }
    }
}
