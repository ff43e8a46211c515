/// A request, as the server's proxy sees it.
struct Request: Hashable, Sendable {
    let method: String
    /// The path with the query.
    let path: String
    let host: String
    /// The headers in the order of the request; names in any case, perhaps several of one name.
    let headers: [Header]

    struct Header: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// The path without the query.
    var pathAlone: String { String(path.prefix { $0 != "?" }) }

    /// The value of a header, several joined by commas; `nil` if there is none.
    func value(of name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}
