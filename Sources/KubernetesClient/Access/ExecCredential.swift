internal import FoundationEssentials
internal import MeshModel

/// What a credential plugin is told and answers (`ExecCredential` of `client.authentication.k8s.io`).
struct ExecCredential: Codable, Equatable, Sendable {
    struct Cluster: Codable, Equatable, Sendable {
        var server: String
        var certificateAuthorityData: String?
        var insecureSkipVerification: Bool?
        var tlsServerName: String?

        enum CodingKeys: String, CodingKey {
            case server
            case certificateAuthorityData = "certificate-authority-data"
            case insecureSkipVerification = "insecure-skip-tls-verify"
            case tlsServerName = "tls-server-name"
        }
    }

    struct Spec: Codable, Equatable, Sendable {
        var interactive = false
        var cluster: Cluster?
    }

    struct Status: Codable, Equatable, Sendable {
        var expirationTimestamp: String?
        var token: String?
        var clientCertificateData: String?
        var clientKeyData: String?
    }

    var apiVersion: String
    var kind = "ExecCredential"
    var spec: Spec?
    var status: Status?

    /// What a plugin is told in `KUBERNETES_EXEC_INFO`.
    init(request plugin: CredentialPlugin, access: ClusterAccess) {
        apiVersion = plugin.apiVersion
        var cluster: Cluster?
        if plugin.providesClusterInfo {
            cluster = Cluster(
                server: access.server,
                certificateAuthorityData: access.authorities.map { Data($0.utf8).base64EncodedString() },
                insecureSkipVerification: access.skipsVerification ? true : nil, tlsServerName: access.tlsServerName)
        }
        spec = Spec(cluster: cluster)
    }

    /// What a plugin answered, as a credential.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    static func credential(_ output: [UInt8], of plugin: CredentialPlugin) throws -> IssuedCredential {
        func failure(_ message: String, _ cause: (any Error)? = nil) -> KubernetesError {
            KubernetesError(.configuration, "credential plugin \(plugin.command): \(message)", cause: cause)
        }
        let answer: ExecCredential
        do {
            answer = try JSONDecoder().decode(ExecCredential.self, from: Data(output))
        } catch {
            // The output is not shown: it may hold a credential.
            throw failure("its output is no ExecCredential: run it by hand and look")
        }
        guard answer.kind == "ExecCredential", answer.apiVersion == plugin.apiVersion else {
            throw failure("it answers \(answer.kind) of \(answer.apiVersion), not of \(plugin.apiVersion)")
        }
        guard let status = answer.status else { throw failure("its answer has no `status`") }
        var credential = IssuedCredential(token: status.token.flatMap { $0.isEmpty ? nil : $0 })
        switch (status.clientCertificateData, status.clientKeyData) {
        case (let certificate?, let key?): credential.certificate = .init(certificate: certificate, key: key)
        case (nil, nil): break
        default: throw failure("it answers a client certificate without its key, or a key alone")
        }
        guard credential.token != nil || credential.certificate != nil else {
            throw failure("it answers neither a token nor a client certificate")
        }
        if let text = status.expirationTimestamp {
            guard let expiry = Timestamp(rfc3339: text) else {
                throw failure("its `expirationTimestamp` \(text) is no time such as 2026-01-31T12:00:00Z")
            }
            credential.expiry = expiry
        }
        return credential
    }
}

/// What a request carries to show who asks.
struct IssuedCredential: Equatable, Sendable {
    /// A bearer token; `nil` for none.
    var token: String?
    /// A client certificate; `nil` for none of its own.
    var certificate: ClusterAccess.ClientCertificate?
    /// When it ends by the wall clock; `nil` where it does not say.
    var expiry: Timestamp?
}
