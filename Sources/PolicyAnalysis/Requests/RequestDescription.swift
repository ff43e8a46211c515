/// A request, as far as it is known.
package struct RequestDescription: Hashable, Sendable {
    /// A header of the request.
    package struct Header: Hashable, Sendable {
        /// The name, in any case.
        package let name: String
        package let value: String

        /// A header.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The method; `nil` for any.
    package var method: String?
    /// The path, perhaps with a query; `nil` for any.
    package var path: String?
    /// The authority; `nil` for any.
    package var host: String?
    /// The headers that are known, in the order of the request.
    package var headers: [Header]
    /// Whether there are no headers beside those that are known.
    package var hasNoOtherHeaders: Bool

    /// A request; by default one of which nothing is known.
    package init(
        method: String? = nil, path: String? = nil, host: String? = nil, headers: [Header] = [],
        hasNoOtherHeaders: Bool = false
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.headers = headers
        self.hasNoOtherHeaders = hasNoOtherHeaders
    }

    /// The path without the query; `nil` for any.
    var pathAlone: String? { path.map { String($0.prefix { $0 != "?" }) } }

    /// The value of a header, several joined by commas, by its name in lower case; `nil` if none is known.
    func value(of name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// The request in few words, such as `GET /books`; empty if nothing is known of it.
    package var summary: String {
        let words = [method, path, host.map { "host \($0)" }].compactMap(\.self)
        return (words + headers.map { "\($0.name): \($0.value)" }).joined(separator: " ")
    }
}
