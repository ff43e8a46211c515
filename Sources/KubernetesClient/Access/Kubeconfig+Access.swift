internal import FoundationEssentials

extension Kubeconfig {
    /// The access that a context describes.
    ///
    /// - Parameters:
    ///   - name: The context; `nil` for the current one.
    ///   - read: Reads a file by its path; the second argument says what it is, for messages.
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    func access(context name: String?, read: (String, String) throws -> String) throws -> ClusterAccess {
        let name = name ?? currentContext ?? ""
        guard !name.isEmpty else {
            throw Self.failure("no current context: choose one with `kubectl config use-context NAME`")
        }
        guard let context = contexts[name]?.value else {
            let known = contexts.keys.sorted().joined(separator: ", ")
            throw Self.failure("context \(name): does not exist; there are: \(known)")
        }
        guard let cluster = clusters[context.cluster] else {
            throw Self.failure("context \(name): its cluster \(context.cluster) does not exist")
        }
        let user = context.user.flatMap { users[$0] }
        if let wanted = context.user, !wanted.isEmpty, user == nil {
            throw Self.failure("context \(name): its user \(wanted) does not exist")
        }
        var access = try Self.access(to: cluster, named: context.cluster, read)
        access.defaultNamespace = context.namespace.flatMap { $0.isEmpty ? nil : $0 }
        if let user, let userName = context.user { try Self.add(user, named: userName, to: &access, read) }
        return access
    }

    private static func access(
        to cluster: Entry<Cluster>, named name: String, _ read: (String, String) throws -> String
    ) throws -> ClusterAccess {
        let value = cluster.value
        guard let server = value.server, !server.isEmpty else { throw failure("cluster \(name): has no `server`") }
        if let proxy = value.proxyURL, !proxy.isEmpty {
            throw failure("cluster \(name): `proxy-url` is not supported; reach the server directly or by a tunnel")
        }
        var access = ClusterAccess(server: server)
        let what = "cluster \(name): the certificate authority"
        access.authorities = try text(
            value.certificateAuthorityData, value.certificateAuthority.map(cluster.resolved), what, read)
        access.skipsVerification = value.insecureSkipVerification ?? false
        access.tlsServerName = value.tlsServerName.flatMap { $0.isEmpty ? nil : $0 }
        return access
    }

    private static func add(
        _ user: Entry<User>, named name: String, to access: inout ClusterAccess,
        _ read: (String, String) throws -> String
    ) throws {
        let value = user.value
        if value.username != nil || value.authProvider != nil {
            throw failure(
                "user \(name): passwords and `auth-provider` are gone from Kubernetes; use `exec`, a token or a "
                    + "certificate")
        }
        if value.impersonated != nil { throw failure("user \(name): impersonation (`as`) is not supported") }
        let certificate = try text(
            value.clientCertificateData, value.clientCertificate.map(user.resolved),
            "user \(name): the client certificate", read)
        let key = try text(
            value.clientKeyData, value.clientKey.map(user.resolved), "user \(name): the client key", read)
        switch (certificate, key) {
        case (let certificate?, let key?): access.clientCertificate = .init(certificate: certificate, key: key)
        case (nil, nil): break
        default: throw failure("user \(name): a client certificate needs its key, and a key its certificate")
        }
        if let file = value.tokenFile, !file.isEmpty {
            access.credential = .tokenFile(user.resolved(file))
        } else if let token = value.token, !token.isEmpty {
            access.credential = .token(token)
        } else if let exec = value.exec {
            access.credential = .plugin(try plugin(exec, of: user, named: name))
        }
    }

    private static func plugin(
        _ exec: User.Plugin, of user: Entry<User>, named name: String
    ) throws -> CredentialPlugin {
        guard let version = exec.apiVersion, CredentialPlugin.apiVersions.contains(version) else {
            throw failure(
                "user \(name): exec: `apiVersion` is \(exec.apiVersion ?? "missing"); it must be one of "
                    + CredentialPlugin.apiVersions.joined(separator: ", "))
        }
        // A bare name is looked up in PATH; a path counts from the file's directory.
        let command = exec.command.contains("/") ? user.resolved(exec.command) : exec.command
        guard !command.isEmpty else { throw failure("user \(name): exec: `command` is empty") }
        let environment = Dictionary((exec.env ?? []).map { ($0.name, $0.value) }) { $1 }
        return CredentialPlugin(
            apiVersion: version, command: command, arguments: exec.args ?? [], environment: environment,
            providesClusterInfo: exec.provideClusterInfo ?? false, installHint: exec.installHint ?? "")
    }

    /// Text that stands in the file as base64, or in a file of its own; `nil` for neither.
    private static func text(
        _ data: String?, _ path: String?, _ meaning: String, _ read: (String, String) throws -> String
    ) throws -> String? {
        if let data, !data.isEmpty {
            guard let decoded = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
                throw failure("\(meaning): is not base64")
            }
            return String(decoding: decoded, as: UTF8.self)
        }
        guard let path, !path.isEmpty else { return nil }
        return try read(path, meaning)
    }

    private static func failure(_ message: String) -> KubernetesError {
        KubernetesError(.configuration, "kubeconfig: \(message)")
    }
}
