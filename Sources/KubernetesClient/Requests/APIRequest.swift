public import MeshModel
public import NIOHTTP1

/// A request to the API server, as a value.
public struct APIRequest: Equatable, Sendable {
    /// What is done, in the words of Kubernetes' authorization; a label of the metrics.
    public var verb: String
    /// The HTTP method.
    public var method: HTTPMethod
    /// The path, percent-encoded, without the query.
    public var path: String
    /// The query, in order, not encoded.
    public var query: [Parameter]
    /// The body; `nil` for none.
    public var body: [UInt8]?
    /// The body's media type.
    public var contentType: String
    /// The media types that are understood, the best first.
    public var accepted = "application/json, application/jwk-set+json"
    /// Whether the request is made even if the task is cancelled; for what has to be cleaned up.
    public var survivesCancellation: Bool

    /// One parameter of a query.
    public struct Parameter: Equatable, Sendable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String

        /// A parameter.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request.
    public init(
        verb: String, method: HTTPMethod, path: String, query: [Parameter] = [], body: [UInt8]? = nil,
        contentType: String = "application/json", survivesCancellation: Bool = false
    ) {
        self.verb = verb
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.survivesCancellation = survivesCancellation
    }

    /// A request for what is not an object, such as `/version`.
    public static func get(path: String) -> APIRequest { APIRequest(verb: "get", method: .GET, path: path) }

    /// Asks for media types, the best first; `nil` changes nothing.
    mutating func accept(_ types: String?) { accepted = types ?? accepted }

    /// The path with the encoded query.
    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { "\($0.name.pathEncoded)=\($0.value.pathEncoded)" }.joined(separator: "&")
    }

    /// What messages call the request.
    var action: String { "\(method.rawValue) \(path)" }

    /// Whether the request may be made again where it is not known whether it was heard.
    var isSafe: Bool { method == .GET }
}

extension APIRequest {
    /// Reads one object.
    public static func get(_ resource: APIResource, _ name: ObjectName) -> APIRequest {
        APIRequest(verb: "get", method: .GET, path: resource.path(name))
    }

    /// Makes an object.
    public static func create(_ resource: APIResource, namespace: String, body: [UInt8]) -> APIRequest {
        APIRequest(verb: "create", method: .POST, path: resource.path(namespace: namespace), body: body)
    }

    /// Applies the fields of one manager (server-side apply).
    public static func apply(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: [UInt8], fieldManager: String,
        force: Bool
    ) -> APIRequest {
        APIRequest(
            verb: "patch", method: .PATCH, path: resource.path(name, subresource: subresource),
            query: [Parameter("fieldManager", fieldManager), Parameter("force", force ? "true" : "false")], body: body,
            contentType: "application/apply-patch+yaml")
    }

    /// Changes the fields that the body names (JSON merge patch).
    public static func mergePatch(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: [UInt8]
    ) -> APIRequest {
        APIRequest(
            verb: "patch", method: .PATCH, path: resource.path(name, subresource: subresource), body: body,
            contentType: "application/merge-patch+json")
    }

    /// Replaces an object as a whole.
    public static func replace(
        _ resource: APIResource, _ name: ObjectName, subresource: String? = nil, body: [UInt8]
    ) -> APIRequest {
        APIRequest(
            verb: "update", method: .PUT, path: resource.path(name, subresource: subresource), body: body)
    }

    /// Deletes an object.
    ///
    /// - Parameter body: `DeleteOptions`; `nil` for the server's defaults.
    public static func delete(_ resource: APIResource, _ name: ObjectName, body: [UInt8]? = nil) -> APIRequest {
        APIRequest(verb: "delete", method: .DELETE, path: resource.path(name), body: body)
    }
}
