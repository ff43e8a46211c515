import MeshModel
package import MeshPolicy

/// Whether a request is one that a match describes, as far as the request is known.
package struct MatchAnswer: Hashable, Sendable {
    /// What a match says of a request and the request lacks, or may lack.
    package enum Condition: Hashable, Sendable {
        /// The path must match an expression; `nil` for a path that is not known.
        case path(expression: String, given: String?)
        /// The method must be one of a list; `nil` for one that is not known.
        case method(allowed: [String], given: String?)
        /// A header must match an expression; `nil` for one that is absent or not known.
        ///
        /// The name is in lower case, `:authority` for the host.
        case header(name: String, expression: String, given: String?)
    }

    /// What does not hold, in the order path, method, headers.
    package private(set) var failed: [Condition] = []
    /// What may hold or not, in the same order: the request does not say, or only a proxy can tell.
    package private(set) var open: [Condition] = []

    /// Whether it certainly is.
    package var holds: Bool { failed.isEmpty && open.isEmpty }
    /// Whether it may be.
    package var mayHold: Bool { failed.isEmpty }

    /// Compares a request, its path as proxies read it, with a match.
    package init(_ match: HTTPMatch, _ request: RequestDescription) {
        if let expression = match.pathRegex {
            let given = request.pathAlone
            add(
                .path(expression: expression, given: given),
                given.flatMap { RegularExpression.matches(expression, $0) })
        }
        if !match.methods.isEmpty {
            add(
                .method(allowed: match.methods, given: request.method),
                request.method.map { match.methods.contains($0) }
            )
        }
        for header in match.headers {
            let isHost = header.name == ":authority"
            let given = isHost ? request.host : request.value(of: header.name)
            let isAbsent = given == nil && !isHost && request.hasNoOtherHeaders
            add(
                .header(name: header.name, expression: header.regex, given: given),
                isAbsent ? false : given.flatMap { RegularExpression.matches(header.regex, $0) })
        }
    }

    private mutating func add(_ condition: Condition, _ holds: Bool?) {
        switch holds {
        case true: break
        case false: failed.append(condition)
        case nil: open.append(condition)
        }
    }
}

extension MatchAnswer.Condition {
    /// What must be, and what is, in words.
    package var words: String {
        switch self {
        case .path(let expression, let given):
            "path `\(expression)`" + (given.map { ", not `\($0)`" } ?? "")
        case .method(let allowed, let given):
            "method \(allowed.joined(separator: " or "))" + (given.map { ", not \($0)" } ?? "")
        case .header(let name, let expression, let given):
            "header `\(name == ":authority" ? "host" : name)` "
                + (expression.isEmpty ? "empty" : "`\(expression)`") + (given.map { ", not `\($0)`" } ?? "")
        }
    }

    /// How much it takes to meet it: a path is rarely wrong by mistake.
    var weight: Int {
        switch self {
        case .path: 2
        case .method, .header: 1
        }
    }
}
