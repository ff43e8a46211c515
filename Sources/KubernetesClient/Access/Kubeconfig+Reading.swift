internal import Yams

extension Kubeconfig {
    /// The parts of a file as they stand in it.
    private struct File: Decodable {
        struct NamedCluster: Decodable {
            let name: String
            let cluster: Cluster?
        }
        struct NamedUser: Decodable {
            let name: String
            let user: User?
        }
        struct NamedContext: Decodable {
            let name: String
            let context: Context?
        }

        let currentContext: String?
        let clusters: [NamedCluster]?
        let users: [NamedUser]?
        let contexts: [NamedContext]?

        enum CodingKeys: String, CodingKey {
            case clusters, users, contexts
            case currentContext = "current-context"
        }
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - yaml: What the file holds.
    ///   - directory: Where the file is: its relative paths start there.
    ///   - path: What messages call the file.
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    init(yaml: String, directory: String, path: String) throws {
        self.init()
        guard !yaml.allSatisfy(\.isWhitespace) else { return }
        let file: File
        do {
            file = try YAMLDecoder().decode(File.self, from: yaml)
        } catch {
            throw KubernetesError(
                .configuration, "\(path): is no kubeconfig: check it with `kubectl config view`", cause: error)
        }
        currentContext = file.currentContext
        for entry in file.clusters ?? [] where clusters[entry.name] == nil {
            clusters[entry.name] = entry.cluster.map { Entry(value: $0, directory: directory) }
        }
        for entry in file.users ?? [] where users[entry.name] == nil {
            users[entry.name] = entry.user.map { Entry(value: $0, directory: directory) }
        }
        for entry in file.contexts ?? [] where contexts[entry.name] == nil {
            contexts[entry.name] = entry.context.map { Entry(value: $0, directory: directory) }
        }
    }
}
