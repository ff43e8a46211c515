import Foundation

/// The files of a projected volume.
struct ProjectedFiles {
    let node: Node
    let fields: FieldPath
    let tokens: TokenSource

    private var pod: Pod { fields.pod }

    /// The files by path.
    ///
    /// - Throws: What is missing.
    func files(_ volume: Volume.Projected) async throws -> [String: AtomicDirectory.File] {
        var files: [String: AtomicDirectory.File] = [:]
        let mode = volume.defaultMode ?? 0o644
        for source in volume.sources ?? [] {
            if let map = source.configMap { files.merge(try self.files(configMap: map, mode)) { $1 } }
            if let secret = source.secret { files.merge(try self.files(secret: secret, mode)) { $1 } }
            if let downward = source.downwardAPI { files.merge(try self.files(downward, mode)) { $1 } }
            if let token = source.serviceAccountToken {
                files[token.path] = tokenFile(try await tokens.token(token), mode)
            }
        }
        guard let group = pod.spec.securityContext?.fsGroup else { return files }
        return files.mapValues { file in
            var file = file
            file.group = group
            // What the owner may read, the group may.
            file.mode |= (file.mode & 0o700) >> 3 & 0o50
            return file
        }
    }

    private func files(configMap source: Volume.ConfigMapSource, _ mode: Int) throws -> [String: AtomicDirectory.File] {
        guard let map = node.configMaps[pod.namespace, source.name] else {
            if source.optional == true { return [:] }
            throw RigError("configmap \"\(source.name)\" not found")
        }
        let binary = (map.binaryData ?? [:]).compactMapValues { Data(base64Encoded: $0) }
        let data = (map.data ?? [:]).mapValues { Data($0.utf8) }.merging(binary) { $1 }
        return try chosen(data, source, mode, "configmap")
    }

    private func files(secret source: Volume.ConfigMapSource, _ mode: Int) throws -> [String: AtomicDirectory.File] {
        guard let secret = node.secrets[pod.namespace, source.name] else {
            if source.optional == true { return [:] }
            throw RigError("secret \"\(source.name)\" not found")
        }
        let data = (secret.data ?? [:]).compactMapValues { Data(base64Encoded: $0) }
        return try chosen(data, source, mode, "secret")
    }

    private func chosen(
        _ data: [String: Data], _ source: Volume.ConfigMapSource, _ mode: Int, _ kind: String
    ) throws -> [String: AtomicDirectory.File] {
        guard let items = source.items else {
            return data.mapValues { AtomicDirectory.File(contents: $0, mode: mode) }
        }
        var files: [String: AtomicDirectory.File] = [:]
        for item in items {
            guard let contents = data[item.key] else {
                if source.optional == true { continue }
                throw RigError("\(kind) \"\(source.name)\" references non-existent key: \(item.key)")
            }
            files[item.path] = AtomicDirectory.File(contents: contents, mode: item.mode ?? mode)
        }
        return files
    }

    private func files(_ source: Volume.DownwardAPI, _ mode: Int) throws -> [String: AtomicDirectory.File] {
        var files: [String: AtomicDirectory.File] = [:]
        for item in source.items ?? [] {
            let all = (pod.spec.initContainers ?? []) + pod.spec.containers
            let value: String?
            if let resource = item.resourceFieldRef {
                value = all.first { $0.name == resource.containerName }.flatMap { Quantity.text(resource, of: $0) }
            } else {
                value = item.fieldRef.flatMap { fields.value($0.fieldPath) }
            }
            guard let value else { throw RigError("the field of file \(item.path) does not exist") }
            files[item.path] = AtomicDirectory.File(contents: Data(value.utf8), mode: item.mode ?? mode)
        }
        return files
    }

    /// A token's file: for the one user of the pod where there is one, otherwise for all.
    private func tokenFile(_ token: String, _ mode: Int) -> AtomicDirectory.File {
        var file = AtomicDirectory.File(contents: Data(token.utf8), mode: mode)
        let all = (pod.spec.initContainers ?? []) + pod.spec.containers
        let users = Set(all.map { $0.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser })
        if pod.spec.securityContext?.fsGroup != nil {
            file.mode = 0o600
        } else if users.count == 1, let user = users.first ?? nil {
            file.mode = 0o600
            file.owner = user
        }
        return file
    }
}
