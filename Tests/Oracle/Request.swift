/// A request, as the server's proxy sees it.
package struct Request: Hashable, Sendable {
    package let method: String
    /// The path with the query.
    package let path: String
    package let host: String
    /// The headers in the order of the request; names in any case, perhaps several of one name.
    package let headers: [Header]

    package init(method: String, path: String, host: String, headers: [Header]) {
        self.method = method
        self.path = path
        self.host = host
        self.headers = headers
    }

    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The path without the query.
    package var pathAlone: String { String(path.prefix { $0 != "?" }) }

    /// The value of a header, several joined by commas; `nil` if there is none.
    package func value(of name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}
