extension ProxyStream {
    /// What a proxy asked or answered.
    public struct Request: Equatable, Sendable {
        /// How the proxy tells which names it follows.
        public enum Interest: Equatable, Sendable {
            /// By what differs (``Variant/delta``): names to follow from now on, `*` for all; names to follow no more;
            /// and, in the first request of a type only, what it has from an earlier stream: versions by name.
            case changes(subscribe: [String], unsubscribe: [String], initialVersions: [String: String])
            /// By all of them (``Variant/stateOfTheWorld``).
            case names([String])

            /// How many names it holds.
            public var count: Int {
                switch self {
                case .changes(let subscribe, let unsubscribe, let versions):
                    subscribe.count + unsubscribe.count + versions.count
                case .names(let names): names.count
                }
            }
        }

        /// The type of resource.
        public var type: ResourceType
        /// The nonce of the response that is answered; empty for a request of the proxy's own accord.
        public var nonce: String
        /// Why the proxy refused that response; `nil` if it did not.
        public var refusal: String?
        /// What it follows.
        public var interest: Interest

        /// A request.
        public init(type: ResourceType, nonce: String = "", refusal: String? = nil, interest: Interest) {
            self.type = type
            self.nonce = nonce
            self.refusal = refusal
            self.interest = interest
        }

        /// A request by what differs.
        public init(
            type: ResourceType, nonce: String = "", refusal: String? = nil, subscribe: [String] = [],
            unsubscribe: [String] = [], initialVersions: [String: String] = [:]
        ) {
            self.init(
                type: type, nonce: nonce, refusal: refusal,
                interest: .changes(subscribe: subscribe, unsubscribe: unsubscribe, initialVersions: initialVersions))
        }

        /// Whether it asks for a name.
        public func asks(for name: ResourceName) -> Bool {
            guard type == name.type else { return false }
            return switch interest {
            case .changes(let subscribe, _, _): subscribe.contains(name.name)
            case .names(let names): names.contains(name.name)
            }
        }

        /// The version that the proxy says it has of a name; `nil` if it does not say.
        public func initialVersion(of name: ResourceName) -> String? {
            guard type == name.type, case .changes(_, _, let versions) = interest else { return nil }
            return versions[name.name]
        }
    }
}
