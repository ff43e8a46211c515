/// An SMI HTTPRouteGroup: named descriptions of requests.
public struct HTTPRouteGroup: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.httpRouteGroup

    /// A named description of requests.
    public struct Match: Hashable, Sendable {
        /// The name by which TrafficTargets refer to it.
        public var name: String
        /// An RE2 expression for the whole path without the query; `nil` or empty for any path.
        public var pathRegex: String?
        /// The methods as written; none, an empty one or `*` for any.
        public var methods: [String]
        /// RE2 expressions by header name, of entries that name a header twice the later.
        public var headers: [String: String]

        /// A description of requests.
        public init(name: String, pathRegex: String? = nil, methods: [String] = [], headers: [String: String] = [:]) {
            self.name = name
            self.pathRegex = pathRegex
            self.methods = methods
            self.headers = headers
        }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The matches, in the order of the spec.
    public var matches: [Match]

    /// A route group with the given matches.
    public init(metadata: ObjectMetadata, matches: [Match]) {
        self.metadata = metadata
        self.matches = matches
    }
}

extension HTTPRouteGroup: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case matches }

    /// Reads an HTTPRouteGroup of `specs.smi-spec.io/v1alpha4`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            matches: try spec?.value(.matches) ?? [])
    }
}

extension HTTPRouteGroup.Match: Decodable {
    private enum Key: String, CodingKey { case name, pathRegex, methods, headers }

    /// Reads a match, whose headers are a list of maps of one entry each.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        var headers: [String: String] = [:]
        if (try? fields.decode([String: String].self, forKey: .headers)) != nil {
            // So the specification's text writes them, but its schema refuses it.
            throw DecodingError.dataCorruptedError(
                forKey: .headers, in: fields,
                debugDescription: "is a map: write a list with one entry per header, such as `- user-agent: \".*\"`")
        }
        let entries: [[String: String]] = try fields.value(.headers, or: [])
        for entry in entries { headers.merge(entry) { $1 } }
        self.init(
            name: try fields.value(.name, or: ""), pathRegex: try fields.value(.pathRegex),
            methods: try fields.value(.methods, or: []), headers: headers)
    }
}

extension HTTPRouteGroup {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, matches: [])
    }

    /// The methods that a match may name, as the schema of the original lists them.
    public static let methods = [
        "*", "GET", "HEAD", "PUT", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    ]

    /// The most headers of one match; Envoy takes a hundred of a request by default.
    private static let mostHeaders = 100

    /// The names of the matches, their expressions, methods and headers.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if matches.isEmpty { list.add("spec.matches", "is empty: list at least one match") }
        list.checkCount(matches.count, "spec.matches")
        var names: Set<String> = []
        for (index, match) in matches.enumerated() {
            let path = "spec.matches[\(index)]"
            if match.name.isEmpty {
                list.add("\(path).name", "is missing")
            } else if match.name.utf8.count > DNSName.maximumLength {
                list.add("\(path).name", "is longer than \(DNSName.maximumLength) bytes")
            } else if !names.insert(match.name).inserted {
                list.add("\(path).name", "`\(match.name)` is the name of an earlier match")
            }
            if let pathRegex = match.pathRegex { list.checkExpression(pathRegex, "\(path).pathRegex") }
            for (position, method) in match.methods.enumerated() {
                list.checkWord(method, "\(path).methods[\(position)]", oneOf: Self.methods)
            }
            list.checkCount(match.headers.count, "\(path).headers", most: Self.mostHeaders)
            for (name, expression) in match.headers.sorted(by: { $0.key < $1.key }) {
                let header = "\(path).headers[\(name)]"
                if !Self.isHeaderName(name) { list.add(header, "`\(name)` is not the name of a header") }
                list.checkExpression(expression, header)
            }
        }
        return list.problems
    }

    /// Whether a text can be the name of a header or is `:authority`, which stands for `host`.
    private static func isHeaderName(_ name: String) -> Bool { name == ":authority" || HeaderName.isToken(name) }
}
