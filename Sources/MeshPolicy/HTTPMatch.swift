/// A description of HTTP requests: all that it states must hold.
public struct HTTPMatch: Hashable, Sendable {
    /// An RE2 expression that the whole path without the query must match; `nil` for any path.
    public let pathRegex: String?
    /// The allowed methods: sorted, without duplicates; empty for any method.
    public let methods: [String]
    /// What headers must hold: sorted by name, one entry per name.
    public let headers: [HeaderMatch]

    /// A description of requests.
    public init(pathRegex: String?, methods: [String], headers: [HeaderMatch]) {
        self.pathRegex = pathRegex
        self.methods = methods
        self.headers = headers
    }

    /// Every request.
    public static let any = HTTPMatch(pathRegex: nil, methods: [], headers: [])
}

/// A header and the RE2 expression that its whole value must match.
public struct HeaderMatch: Hashable, Sendable {
    /// The header's name in lower case; `:authority` for the request's host.
    public let name: String
    /// The expression; empty for exactly the empty value.
    public let regex: String

    /// A condition on a header.
    public init(name: String, regex: String) {
        self.name = name
        self.regex = regex
    }
}
