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
        /// What could not be read, by its path below this section.
        var unread: [Problem] = []

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
        /// What could not be read, by its path below this section.
        var unread: [Problem] = []

        /// Whether address and port are such that the service can be asked.
        public var isAddressGood: Bool {
            var list = ProblemList()
            list.checkHost(address, "")
            list.checkPort(port, "")
            return list.problems.isEmpty
        }

        /// Zero values.
        public init() {}

        /// A service that nobody can ask: what stands for one that cannot be read, so that nobody is let in unasked.
        static var asked: Self {
            var asked = Self()
            asked.enable = true
            return asked
        }
    }
}

extension MeshConfig.Traffic: Decodable {
    private enum Key: String, CodingKey {
        case enableEgress, outboundIPRangeExclusionList, outboundIPRangeInclusionList, outboundPortExclusionList
        case inboundPortExclusionList, networkInterfaceExclusionList, enablePermissiveTrafficPolicyMode
        case inboundExternalAuthorization
    }

    /// Reads the fields; one that is missing or cannot be read has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enableEgress = fields.value(.enableEgress, or: false, telling: &unread)
        outboundIPRangeExclusionList = fields.value(.outboundIPRangeExclusionList, or: [], telling: &unread)
        outboundIPRangeInclusionList = fields.value(.outboundIPRangeInclusionList, or: [], telling: &unread)
        outboundPortExclusionList = fields.value(.outboundPortExclusionList, or: [], telling: &unread)
        inboundPortExclusionList = fields.value(.inboundPortExclusionList, or: [], telling: &unread)
        networkInterfaceExclusionList = fields.value(.networkInterfaceExclusionList, or: [], telling: &unread)
        enablePermissiveTrafficPolicyMode = fields.value(
            .enablePermissiveTrafficPolicyMode, or: false, telling: &unread)
        inboundExternalAuthorization = fields.value(
            .inboundExternalAuthorization, or: .init(), unreadable: .asked, telling: &unread)
    }
}

extension MeshConfig.ExternalAuthorization: Decodable {
    private enum Key: String, CodingKey { case enable, address, port, statPrefix, timeout, failureModeAllow }

    /// Reads the fields; one that is missing or cannot be read has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        enable = fields.value(.enable, or: false, unreadable: true, telling: &unread)
        address = fields.value(.address, or: "", telling: &unread)
        port = fields.value(.port, or: 0, telling: &unread)
        statPrefix = fields.value(.statPrefix, or: "inboundExtAuthz", telling: &unread)
        timeout = fields.value(.timeout, or: "1s", telling: &unread)
        failureModeAllow = fields.value(.failureModeAllow, or: false, telling: &unread)
    }
}
