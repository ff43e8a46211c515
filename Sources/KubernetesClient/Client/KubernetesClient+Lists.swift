public import MeshModel

extension KubernetesClient {
    private struct Page<Value: Decodable>: Decodable {
        struct Metadata: Decodable {
            let `continue`: String?
        }

        let metadata: Metadata
        let items: [Value]?
    }

    /// Reads all objects of a kind, as they are at one moment.
    ///
    /// - Parameters:
    ///   - resource: The kind.
    ///   - namespace: The namespace; `nil` for all.
    ///   - labelSelector: What labels they have, such as `app=x`; `nil` for any.
    ///   - type: What each is read as.
    /// - Returns: The objects in the server's order: by namespace, then name.
    /// - Throws: ``KubernetesError``.
    public func list<Value: Decodable>(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, as type: Value.Type
    ) async throws -> [Value] {
        var values: [Value] = []
        var continuation: String?
        var restartsLeft = 3
        while true {
            let request = APIRequest.list(
                resource, namespace: namespace, labelSelector: labelSelector, continuation: continuation)
            do {
                let page = try await send(request).decoded(as: Page<Value>.self, request.action)
                values += page.items ?? []
                guard let next = page.metadata.continue, !next.isEmpty else { return values }
                continuation = next
            } catch let error as KubernetesError
                where error.code == .gone && continuation != nil && restartsLeft > 0
            {
                // The moment that the pages before show is too long ago: the list starts over.
                restartsLeft -= 1
                continuation = nil
                values = []
            }
        }
    }

    /// Reads all objects of a kind as a controller reads them, each as far as it can be read.
    ///
    /// - Parameters:
    ///   - type: The kind.
    ///   - version: The version in which they are read.
    /// - Returns: The objects in the server's order: by namespace, then name; and what is wrong with those of which not even
    ///   the metadata can be read.
    /// - Throws: ``KubernetesError``.
    public func objects<Object: SourceObject>(
        _ type: Object.Type, version: String
    ) async throws -> (changes: [ObjectChange<Object>], unknown: [Problem]) {
        var changes: [ObjectChange<Object>] = []
        var unknown: [Problem] = []
        for object in try await list(
            APIResource(Object.source, version: version), as: ServedObject<Object>.self)
        {
            switch object {
            case .readable(let object, _): changes.append(.set(object))
            case .unreadable(let metadata, let problem, _): changes.append(.unreadable(metadata, problem))
            case .unknown(let problem): unknown.append(problem)
            }
        }
        return (changes, unknown)
    }

    /// Reads the objects of one name in all namespaces.
    ///
    /// The right to do so can be given for that name alone. The answer is from the server's cache, which may be behind by
    /// a moment: it is for those who look again and again.
    ///
    /// - Throws: ``KubernetesError``.
    public func list<Value: Decodable>(
        _ resource: APIResource, named name: String, as type: Value.Type
    ) async throws -> [Value] {
        let request = APIRequest.list(resource, named: name)
        return try await send(request).decoded(as: Page<Value>.self, request.action).items ?? []
    }
}
