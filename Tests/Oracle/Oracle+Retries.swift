package import MeshModel

/// When a client's requests are tried again because somebody said so (section 7).
extension Oracle {
    /// The Retry in force for a client at a service port; `nil` for none.
    ///
    /// Who names the service goes before who names its whole namespace, and that before who names every service; of
    /// several the oldest. Connections are not tried again.
    package func retry(of client: ServiceIdentity, at port: ServicePort) -> Retry? {
        guard self.port(port)?.isHTTP == true else { return nil }
        let namespace = port.service.namespace
        return holder(for: client, naming: (port.service.name, namespace))
            ?? holder(for: client, naming: ("*", namespace)) ?? holder(for: client, naming: ("*", "*"))
    }

    /// Whether a client gets the answer of an application that at first answers 503 this often.
    package func outlasts(failures: Int, _ client: ServiceIdentity, at port: ServicePort) -> Bool {
        guard let policy = retry(of: client, at: port)?.policy else { return failures == 0 }
        let words = policy.retryOn.split { ", ".contains($0) }
        let isMeant = words.contains("5xx") || words.contains("gateway-error")
        return failures <= (isMeant ? policy.numRetries ?? 0 : 0)
    }

    /// The oldest Retry of a client that names a destination.
    private func holder(for client: ServiceIdentity, naming destination: (String, String)) -> Retry? {
        oldest(
            objects.retries.values.filter { retry in
                mode(of: retry.metadata.namespace) != .outside && client == self.client(of: retry)
                    && destinations(of: retry).contains { $0 == destination }
            })
    }

    private func client(of retry: Retry) -> ServiceIdentity? {
        retry.source.map {
            ServiceIdentity(namespace: $0.namespace ?? retry.metadata.namespace, serviceAccount: $0.name)
        }
    }

    /// What a Retry names, in order: `*` stands for every name.
    private func destinations(of retry: Retry) -> [(String, String)] {
        retry.destinations.map {
            ($0.name.isEmpty ? "*" : $0.name, $0.namespace ?? retry.metadata.namespace)
        }
    }

    /// Whether a Retry is malformed, or older ones hold everything that it names.
    package func isRefused(_ retry: Retry) -> Bool {
        guard objects.retries[retry.name] != nil else { return true }
        return heldByOthers(retry).count == retry.destinations.count
    }

    private func heldByOthers(_ retry: Retry) -> Set<Int> {
        guard let client = client(of: retry) else { return [] }
        return Set(
            destinations(of: retry).enumerated().filter { _, destination in
                holder(for: client, naming: destination).map { $0.name != retry.name } ?? false
            }.map(\.offset))
    }

    /// The fields of an accepted Retry that name what is not there, what older ones hold, or what has no HTTP port.
    package func unresolved(_ retry: Retry) -> Set<String> {
        guard !isRefused(retry), let client = client(of: retry) else { return [] }
        var paths = Set(heldByOthers(retry).map { "spec.destinations[\($0)]" })
        for (index, (name, namespace)) in destinations(of: retry).enumerated() {
            let isThere =
                name == "*"
                ? namespace == "*" || mode(of: namespace) != .outside
                : ports(of: ObjectName(namespace: namespace, name: name))?.contains(where: \.isHTTP) == true
            if !isThere { paths.insert("spec.destinations[\(index)]") }
        }
        // The oracle's meshes have no ServiceAccounts: one is there if a pod has it.
        if !meshPods(in: client.namespace).contains(where: { identity(of: $0) == client }) {
            paths.insert("spec.source")
        }
        return paths
    }
}
