package import MeshModel
package import MeshPolicy

extension HTTPMatch {
    /// A match of a route group (semantics section 1).
    ///
    /// No methods, an empty one or `*` mean any method; the header `host` means the request's authority.
    package init(_ match: HTTPRouteGroup.Match) {
        let isAnyMethod = match.methods.isEmpty || match.methods.contains { $0.isEmpty || $0 == "*" }
        var headers: [String: String] = [:]
        // Names differ only in case: the last by the order of their spelling holds, whatever the hash order.
        for (name, regex) in match.headers.sorted(by: { $0.key < $1.key }) {
            let lowered = name.lowercased()
            headers[lowered == "host" ? ":authority" : lowered] = regex
        }
        self.init(
            pathRegex: match.pathRegex.flatMap { $0.isEmpty ? nil : $0 },
            methods: isAnyMethod ? [] : Set(match.methods).sorted(),
            headers: headers.sorted { $0.key < $1.key }.map { HeaderMatch(name: $0.key, regex: $0.value) })
    }
}
