/// What Envoy's format strings can name, each with what may stand behind it.
///
/// Source: Envoy 1.40, which a test asks about every operator. Left out are those whose argument is a program or a
/// configuration of its own (`CEL`, `COALESCE`, `FILE_CONTENT`, `SECRET`): what they say cannot be checked here.
struct LogOperator: Hashable, Sendable {
    /// What may stand in parentheses behind an operator.
    enum Argument: Hashable, Sendable {
        /// Nothing.
        case none
        /// Any text, or nothing.
        case optional
        /// Any text, but some.
        case required
        /// The name of a header, and behind a `?` that of another which counts where the first is missing.
        case header(isRequired: Bool)
        /// One of these texts, or nothing.
        case word([String])
        /// Words joined by colons, each one of a list; the first list's are required if any stands there.
        case metadata([String])
        /// Two points of time and a unit.
        case interval
        /// A key, and how its value is written.
        case state
    }

    /// What may stand in parentheses.
    let argument: Argument
    /// Whether `:<number>` may stand behind it, the greatest number of characters.
    let takesLength: Bool

    private init(_ argument: Argument, takesLength: Bool = false) {
        self.argument = argument
        self.takesLength = takesLength
    }

    /// The operator of a name; `nil` if there is none.
    static func named(_ name: Substring) -> LogOperator? {
        if plain.contains(name) { return LogOperator(.none) }
        if timed.contains(name) || name.hasSuffix("_ADDRESS_WITHOUT_PORT") && addresses.contains(name) {
            return LogOperator(.optional)
        }
        return special[name]
    }

    /// Every name.
    static var names: [String] {
        (plain.union(timed).union(addresses).map { $0 } + special.keys).map(String.init).sorted()
    }

    private static let special: [Substring: LogOperator] = [
        "REQ": .init(.header(isRequired: true), takesLength: true),
        "REQUEST_HEADER": .init(.header(isRequired: true), takesLength: true),
        "RESP": .init(.header(isRequired: true), takesLength: true),
        "RESPONSE_HEADER": .init(.header(isRequired: true), takesLength: true),
        "TRAILER": .init(.header(isRequired: true), takesLength: true),
        "RESPONSE_TRAILER": .init(.header(isRequired: true), takesLength: true),
        "REQ_WITHOUT_QUERY": .init(.header(isRequired: true), takesLength: true),
        "QUERY_PARAM": .init(.required, takesLength: true),
        "ENVIRONMENT": .init(.required, takesLength: true),
        "DYNAMIC_METADATA": .init(.required, takesLength: true),
        "CLUSTER_METADATA": .init(.required),
        "UPSTREAM_METADATA": .init(.required),
        "FILTER_STATE": .init(.state, takesLength: true),
        "UPSTREAM_FILTER_STATE": .init(.state, takesLength: true),
        "METADATA": .init(
            .metadata([
                "DYNAMIC", "CLUSTER", "ROUTE", "UPSTREAM_HOST", "LISTENER", "VIRTUAL_HOST", "LISTENER_FILTER_CHAIN",
            ]), takesLength: true),
        "COMMON_DURATION": .init(.interval),
        "RESPONSE_CODE_DETAILS": .init(.optional),
        "GRPC_STATUS": .init(.word(["CAMEL_STRING", "SNAKE_STRING", "NUMBER"])),
        "QUERY_PARAMS": .init(.word(["ORIG", "DECODED"]), takesLength: true),
        "PATH": .init(
            .word([
                "WQ", "NQ", "WQ:PATH", "NQ:PATH", "WQ:ORIG", "NQ:ORIG", "WQ:ORIG_OR_PATH", "NQ:ORIG_OR_PATH",
            ]), takesLength: true),
    ]

    private static let timed: Set<Substring> = [
        "START_TIME", "START_TIME_LOCAL", "EMIT_TIME", "EMIT_TIME_LOCAL", "DOWNSTREAM_PEER_CERT_V_START",
        "DOWNSTREAM_PEER_CERT_V_END", "UPSTREAM_PEER_CERT_V_START", "UPSTREAM_PEER_CERT_V_END",
    ]

    private static let addresses: Set<Substring> = [
        "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    ]
}
