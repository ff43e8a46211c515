import ArgumentParser

/// An address and port of an argument, such as `127.0.0.1:9092` or `[::1]:9092`.
struct SocketArgument: Equatable, Sendable {
    /// The address, without brackets.
    let host: String
    /// The port; 0 for any free one.
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads an argument.
    ///
    /// - Throws: `ValidationError` with `example` if it is none.
    init(_ argument: String, example: String) throws {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...])
        else { throw ValidationError("`\(argument)` is no address: write it as \(example)") }
        let host = argument[..<colon].trimmingPrefix("[")
        self.host = String(host.hasSuffix("]") ? host.dropLast() : host)
        self.port = Int(port)
    }

    /// Where status and health are served; `nil` if an argument switches that off.
    static func http(_ argument: String) throws -> SocketArgument? {
        guard !argument.isEmpty, argument != "none" else { return nil }
        return try SocketArgument(argument, example: "127.0.0.1:9092 or [::1]:9092, or none")
    }

    /// As URLs have it.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
