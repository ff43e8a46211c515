extension MeshConfig {
    /// What traffic passes, and how.
    public struct Traffic: Hashable, Sendable {
        /// Whether connections out of the mesh pass through.
        public var enableEgress: Bool = false
        /// Ranges of addresses that sidecars leave alone, in CIDR notation.
        public var outboundIPRangeExclusionList: [String] = []
        /// The only ranges that go through sidecars, in CIDR notation; empty for all.
        public var outboundIPRangeInclusionList: [String] = []
        /// Outbound ports that sidecars leave alone.
        public var outboundPortExclusionList: [Int] = []
        /// Inbound ports that sidecars leave alone.
        public var inboundPortExclusionList: [Int] = []
        /// Network interfaces that sidecars leave alone.
        public var networkInterfaceExclusionList: [String] = []
        /// Whether every client of the mesh may call every service of the mesh.
        public var enablePermissiveTrafficPolicyMode: Bool = false
        /// The service that is asked about each inbound request.
        public var inboundExternalAuthorization: ExternalAuthorization = ExternalAuthorization()

        /// Zero values.
        public init() {}
    }

    /// A service that is asked about each inbound request.
    public struct ExternalAuthorization: Hashable, Sendable {
        /// Whether it is asked.
        public var enable: Bool = false
        /// Its host.
        public var address: String = ""
        /// Its port.
        public var port: Int = 0
        /// The prefix of its statistics.
        public var statPrefix: String = ""
        /// How long its answer may take.
        public var timeout: String = ""
        /// Whether requests pass while it cannot be asked.
        public var failureModeAllow: Bool = false

        /// Whether address and port are such that the service can be asked.
        public var isAddressGood: Bool {
            var list = ProblemList()
            list.checkHost(address, "")
            list.checkPort(port, "")
            return list.problems.isEmpty
        }

        /// Zero values.
        public init() {}
    }
}

extension MeshConfig.Traffic: Decodable {
    private enum Key: String, CodingKey {
        case enableEgress, outboundIPRangeExclusionList, outboundIPRangeInclusionList, outboundPortExclusionList
        case inboundPortExclusionList, networkInterfaceExclusionList, enablePermissiveTrafficPolicyMode
        case inboundExternalAuthorization
    }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enableEgress = try fields.value(.enableEgress, or: false)
        outboundIPRangeExclusionList = try fields.value(.outboundIPRangeExclusionList, or: [])
        outboundIPRangeInclusionList = try fields.value(.outboundIPRangeInclusionList, or: [])
        outboundPortExclusionList = try fields.value(.outboundPortExclusionList, or: [])
        inboundPortExclusionList = try fields.value(.inboundPortExclusionList, or: [])
        networkInterfaceExclusionList = try fields.value(.networkInterfaceExclusionList, or: [])
        enablePermissiveTrafficPolicyMode = try fields.value(.enablePermissiveTrafficPolicyMode, or: false)
        inboundExternalAuthorization = try fields.value(.inboundExternalAuthorization, or: .init())
    }
}

extension MeshConfig.ExternalAuthorization: Decodable {
    private enum Key: String, CodingKey { case enable, address, port, statPrefix, timeout, failureModeAllow }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enable = try fields.value(.enable, or: false)
        address = try fields.value(.address, or: "")
        port = try fields.value(.port, or: 0)
        statPrefix = try fields.value(.statPrefix, or: "inboundExtAuthz")
        timeout = try fields.value(.timeout, or: "1s")
        failureModeAllow = try fields.value(.failureModeAllow, or: false)
    }
}
