public import MeshModel

extension KubernetesClient {
    /// Reads one object.
    ///
    /// - Returns: The object; `nil` if it does not exist (404).
    /// - Throws: ``KubernetesError``.
    public func get<Value: Decodable>(
        _ resource: APIResource, _ name: ObjectName, as type: Value.Type
    ) async throws -> Value? {
        let request = APIRequest.get(resource, name)
        guard let response = try await unless(.notFound, { try await self.send(request) }) else { return nil }
        return try response.decoded(as: type, request.action)
    }

    /// Makes an object.
    ///
    /// - Returns: Whether it was made; false if one of that name exists already (409).
    /// - Throws: ``KubernetesError``.
    @discardableResult
    public func create(_ resource: APIResource, _ name: ObjectName, body: some Encodable) async throws -> Bool {
        let request = APIRequest.create(resource, namespace: name.namespace, body: try json(body, resource, name))
        do {
            _ = try await send(request)
            return true
        } catch let error as KubernetesError where error.code == .conflict && error.reason == "AlreadyExists" {
            return false
        }
    }

    /// Makes an object that is no stored one, such as a review, and takes the answer.
    ///
    /// - Throws: ``KubernetesError``.
    public func create<Answer: Decodable>(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: some Encodable,
        as type: Answer.Type
    ) async throws -> Answer {
        var request = APIRequest.create(resource, namespace: name.namespace, body: try json(body, resource, name))
        if let subresource { request.path = resource.path(name, subresource: subresource) }
        return try await send(request).decoded(as: type, request.action)
    }

    /// Sets the fields of one manager (server-side apply); makes the object if it does not exist.
    ///
    /// - Parameters:
    ///   - resource: The kind.
    ///   - name: The object.
    ///   - subresource: `status`, or `nil` for the object itself.
    ///   - body: The fields, with `apiVersion`, `kind` and `metadata.name`.
    ///   - fieldManager: Who manages the fields.
    ///   - force: Whether fields are taken from other managers; otherwise their conflict is thrown.
    /// - Throws: ``KubernetesError``.
    public func apply(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: some Encodable,
        fieldManager: String, force: Bool
    ) async throws {
        let body = try json(body, resource, name)
        _ = try await send(
            .apply(resource, name, subresource: subresource, body: body, fieldManager: fieldManager, force: force))
    }

    /// Changes the fields that the body names (JSON merge patch); a null removes one.
    ///
    /// A `metadata.resourceVersion` in the body makes the server refuse it (`conflict`) if the object has another.
    ///
    /// - Returns: Whether it was changed; false if the object does not exist (404).
    /// - Throws: ``KubernetesError``.
    @discardableResult
    public func mergePatch(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: some Encodable
    ) async throws -> Bool {
        let body = try json(body, resource, name)
        let request = APIRequest.mergePatch(resource, name, subresource: subresource, body: body)
        return try await unless(.notFound) { try await self.send(request) } != nil
    }

    /// Replaces an object as a whole.
    ///
    /// - Throws: ``KubernetesError``; the code is `conflict` if `metadata.resourceVersion` in the body is not the
    ///   object's, `notFound` if it does not exist.
    public func replace(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: some Encodable
    ) async throws {
        let body = try json(body, resource, name)
        _ = try await send(.replace(resource, name, subresource: subresource, body: body))
    }

    /// Deletes an object.
    ///
    /// - Parameter resourceVersion: The version that is to be deleted; `nil` for whichever there is.
    /// - Returns: Whether it existed.
    /// - Throws: ``KubernetesError``; the code is `conflict` if the object has another version.
    @discardableResult
    public func delete(
        _ resource: APIResource, _ name: ObjectName, resourceVersion: String? = nil
    ) async throws -> Bool {
        let options = try resourceVersion.map { try json(DeleteOptions(resourceVersion: $0), resource, name) }
        return try await unless(.notFound) { try await self.send(.delete(resource, name, body: options)) } != nil
    }

    private func json(_ body: some Encodable, _ resource: APIResource, _ name: ObjectName) throws -> [UInt8] {
        do {
            return try body.jsonBytes()
        } catch {
            throw KubernetesError(.badRequest, "\(resource.name) \(name): cannot be written as JSON", cause: error)
        }
    }

    /// The answer; `nil` where the failure is of one kind.
    private func unless(
        _ code: KubernetesError.Code, _ send: () async throws -> APIResponse
    ) async throws -> APIResponse? {
        do {
            return try await send()
        } catch let error as KubernetesError where error.code == code {
            return nil
        }
    }
}

/// What is said beside a request to delete an object.
private struct DeleteOptions: Encodable {
    struct Preconditions: Encodable { let resourceVersion: String }
    let apiVersion = "v1"
    let kind = "DeleteOptions"
    let preconditions: Preconditions

    init(resourceVersion: String) { preconditions = Preconditions(resourceVersion: resourceVersion) }
}
