internal import EnvoyAPI
internal import MeshPolicy

extension Envoy.StringMatcher {
    /// Exactly this text.
    static func exactly(_ text: String) -> Envoy.StringMatcher {
        var matcher = Envoy.StringMatcher()
        matcher.exact = text
        return matcher
    }

    /// All of a text, by an RE2 expression.
    ///
    /// The empty expression matches the empty text only; Envoy would refuse it together with the whole resource.
    static func matching(_ regex: String) -> Envoy.StringMatcher {
        guard !regex.isEmpty else { return .exactly("") }
        var matcher = Envoy.StringMatcher()
        matcher.safeRegex.regex = regex
        return matcher
    }
}

extension Envoy.HeaderMatcher {
    /// A header whose value matches; one that is missing does not.
    init(_ name: String, _ value: Envoy.StringMatcher) {
        self.init()
        self.name = name
        stringMatch = value
    }

    /// A header of a match.
    init(_ header: HeaderMatch) { self.init(header.name, .matching(header.regex)) }
}

extension Envoy.RouteMatch {
    /// Every request.
    static var all: Envoy.RouteMatch {
        var match = Envoy.RouteMatch()
        match.prefix = "/"
        return match
    }

    /// The requests that a match describes.
    init(_ match: HTTPMatch) {
        self = .all
        if let regex = match.pathRegex { safeRegex.regex = regex }
        if match.methods.count == 1 {
            headers.append(.init(":method", .exactly(match.methods[0])))
        } else if !match.methods.isEmpty {
            // Methods are words of letters only, so they are expressions for themselves.
            headers.append(.init(":method", .matching(match.methods.joined(separator: "|"))))
        }
        headers += match.headers.map(Envoy.HeaderMatcher.init)
    }
}

extension Envoy.Permission {
    /// Every request.
    static var all: Envoy.Permission {
        var permission = Envoy.Permission()
        permission.any = true
        return permission
    }

    /// The requests that a match describes: all that it states must hold.
    init(_ match: HTTPMatch) {
        var parts: [Envoy.Permission] = []
        if let regex = match.pathRegex {
            var path = Envoy.Permission()
            // Envoy compares the path without query and fragment.
            path.urlPath.path = .matching(regex)
            parts.append(path)
        }
        if !match.methods.isEmpty {
            parts.append(.any(of: match.methods.map { .init(Envoy.HeaderMatcher(":method", .exactly($0))) }))
        }
        parts += match.headers.map { .init(Envoy.HeaderMatcher($0)) }
        self = .all(of: parts)
    }

    private init(_ header: Envoy.HeaderMatcher) {
        self.init()
        self.header = header
    }

    /// A set of one is its element: less to read, and to send.
    private static func any(of permissions: [Envoy.Permission]) -> Envoy.Permission {
        guard permissions.count != 1 else { return permissions[0] }
        var permission = Envoy.Permission()
        permission.orRules.rules = permissions
        return permission
    }

    private static func all(of permissions: [Envoy.Permission]) -> Envoy.Permission {
        guard permissions.count > 1 else { return permissions.first ?? .all }
        var permission = Envoy.Permission()
        permission.andRules.rules = permissions
        return permission
    }
}
