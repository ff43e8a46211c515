internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.Listener {
    /// Has connections to some ranges wait for what the control plane says of their destinations.
    ///
    /// Which ranges is said by a matcher, not by the chain: a chain that changed would end its connections. All others go
    /// on to the default chain, and never ask.
    mutating func askForServices(in ranges: [IPRange]) {
        guard !ranges.isEmpty else { return }
        filterChains = [.onDemand]
        var action = Envoy.MatcherExtension()
        action.name = Envoy.FilterChain.onDemandName
        action.typedConfig = Google_Protobuf_StringValue(Envoy.FilterChain.onDemandName).packed()
        var matcher = Envoy.IPMatcher.IPRangeMatcher()
        matcher.ranges = ranges.map { range in
            var block = Xds_Core_V3_CidrRange()
            block.addressPrefix = range.address.description
            block.prefixLen = .init(UInt32(range.prefixLength))
            return block
        }
        matcher.onMatch.action = action
        var matchers = Envoy.IPMatcher()
        matchers.rangeMatchers = [matcher]
        filterChainMatcher.matcherTree.input.name = "envoy.matching.inputs.destination_ip"
        filterChainMatcher.matcherTree.input.typedConfig = Envoy.DestinationIPInput().packed()
        filterChainMatcher.matcherTree.customMatch.name = "envoy.matching.custom_matchers.trie_matcher"
        filterChainMatcher.matcherTree.customMatch.typedConfig = matchers.packed()
    }
}

extension Envoy.FilterChain {
    fileprivate static let onDemandName = "on-demand"

    /// How long a connection waits for the control plane: then it is closed.
    private static let patience: Int64 = 10

    /// The connection asks, by the address that its client wanted, for a cluster, and goes on when that is there.
    fileprivate static var onDemand: Envoy.FilterChain {
        let destination = "%DOWNSTREAM_LOCAL_ADDRESS%"
        var notes = Envoy.SetFilterState()
        notes.onNewConnection = [
            .init("envoy.tcp_proxy.cluster", ResourceName.onDemandPrefix + destination, isShared: false),
            // For the listener within the proxy: who came, and where to.
            .init("envoy.filters.listener.original_dst.local_ip", destination, isShared: true),
            .init(
                "envoy.filters.listener.original_dst.remote_ip", "%DOWNSTREAM_REMOTE_ADDRESS%", isShared: true),
        ]
        var proxy = Envoy.TcpProxy(statPrefix: onDemandName)
        // Envoy wants a name here; the noted one goes before.
        proxy.cluster = onDemandName
        proxy.onDemand.odcdsConfig = .stream
        proxy.onDemand.timeout = .seconds(patience)
        proxy.accessLog = [.connections("the first to an address of which this proxy did not know")]
        var chain = Envoy.FilterChain()
        chain.name = onDemandName
        chain.filters = [.init("envoy.filters.network.set_filter_state", notes.packed()), proxy.filter]
        return chain
    }
}

extension Envoy.FilterStateValue {
    /// A note.
    ///
    /// - Parameter isShared: Whether the connection that goes on from here has it, too.
    fileprivate init(_ key: String, _ format: String, isShared: Bool) {
        self.init()
        objectKey = key
        formatString.textFormatSource.inlineString = format
        if isShared { sharedWithUpstream = .once }
    }
}
