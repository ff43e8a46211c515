import ArgumentParser

/// A URL taken apart without changing a byte of its path: `//a`, `/%2F` and `/../x` stay what they are.
struct CallTarget: ExpressibleByArgument, Sendable {
    /// What a connection is made to.
    struct Endpoint: ExpressibleByArgument, Sendable {
        let host: String
        let port: Int

        /// `HOST:PORT`, `[IPv6]:PORT`.
        init?(argument: String) { self.init(argument[...], defaultPort: nil) }

        fileprivate init?(_ text: Substring, defaultPort: Int?) {
            // A colon inside brackets belongs to an IPv6 address.
            let colon = text.lastIndex(of: ":").flatMap { text[$0...].contains("]") ? nil : $0 }
            let name = text[..<(colon ?? text.endIndex)]
            guard let port = colon.map({ Int(text[text.index(after: $0)...]) }) ?? defaultPort, !name.isEmpty,
                (1...65_535).contains(port)
            else { return nil }
            host = String(name.hasPrefix("[") && name.hasSuffix("]") ? name.dropFirst().dropLast() : name)
            self.port = port
        }
    }

    /// Where the URL points.
    let endpoint: Endpoint
    /// The host as written, with the port if it was written: the value of `Host`.
    let authority: String
    /// Everything after the authority, as written; `/` if there is nothing.
    let path: String
    /// `https` or `wss`.
    let isSecure: Bool

    init?(argument: String) {
        guard let colon = argument.firstIndex(of: ":"), argument[colon...].hasPrefix("://") else { return nil }
        isSecure = ["https", "wss"].contains(argument[..<colon].lowercased())
        let rest = argument[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
        guard let endpoint = Endpoint(rest[..<end], defaultPort: isSecure ? 443 : 80) else { return nil }
        self.endpoint = endpoint
        authority = String(rest[..<end])
        path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}
