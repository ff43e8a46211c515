internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Many simulated Envoys in this process, which speak real gRPC over TLS with a controller, on one thread.
public final class Fleet: Sendable {
    /// One proxy.
    public struct Member: Sendable {
        /// What it calls itself.
        public let node: String
        /// The token of its pod.
        public let token: String

        /// A proxy of a pod.
        public init(node: String, token: String) {
            self.node = node
            self.token = token
        }
    }

    /// What all proxies count together.
    public let tally: Tally
    private let core: NIOLoopBound<FleetCore>
    private let group: MultiThreadedEventLoopGroup

    /// Proxies that have not connected, in the order of their numbers.
    ///
    /// - Throws: The error of roots that are none.
    public init(_ members: [Member], port: Int, rootsPEM: String, variant: Variant = .delta) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(rootsPEM.utf8)))
        configuration.applicationProtocols = ["h2"]
        let tls = try NIOSSLContext(configuration: configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let tally = Tally()
        (self.group, self.tally) = (group, tally)
        core = try await loop.submit {
            let core = FleetCore(loop: loop, port: port, variant: variant, tls: tls, tally: tally)
            core.proxies = members.map { FleetProxy($0, core) }
            return NIOLoopBound(core, eventLoop: loop)
        }.get()
    }

    /// Has proxies connect, all at once; each comes back whenever its stream ends.
    public func connect(_ numbers: Range<Int>) async throws {
        try await on { core in for proxy in core.proxies[numbers] { proxy.connect() } }
    }

    /// Has proxies take nothing more from their connections; after each end they come back, and do the same.
    public func stopReading(_ numbers: Range<Int>) async throws {
        try await on { core in for proxy in core.proxies[numbers] { proxy.stopReading() } }
    }

    /// Has proxies refuse resources of some names, `nil` for all, from now on.
    public func refuse(_ names: [String]?, by numbers: Range<Int>) async throws {
        try await on { core in
            for proxy in core.proxies[numbers] {
                proxy.refusesAll = names == nil
                proxy.refuses = Set((names ?? []).map(core.catalogue.id))
            }
        }
    }

    /// Has pods call an address each, by the proxies' numbers: who has no listener there asks what it is.
    public func call(_ numbers: Range<Int>, _ address: @escaping @Sendable (Int) -> String) async throws {
        try await on { core in for number in numbers { core.proxies[number].call(address(number)) } }
    }

    /// What each proxy has counted, in the order of their numbers.
    public func counts() async throws -> [ProxyCounts] { try await on { core in core.proxies.map(\.counts) } }

    /// When a proxy sent its last acknowledgement.
    public func lastAcknowledgement(_ number: Int) async throws -> ContinuousClock.Instant? {
        try await on { core in core.proxies[number].counts.lastAcknowledgement }
    }

    /// Has all connections end, as a network does; the proxies come back.
    public func breakConnections() async throws {
        try await on { core in for proxy in core.proxies { proxy.disconnect() } }
    }

    /// What a proxy has: versions by type and name; of whole sets, hashes of the bodies.
    public func held(_ number: Int) async throws -> [ResourceKind: [String: String]] {
        try await on { core in core.proxies[number].held }
    }

    /// The proxies that do not have all that they ask for, as text, of some numbers at most so many.
    public func unsettled(_ numbers: Range<Int>, most: Int) async throws -> [String] {
        try await on { core in
            core.proxies[numbers].filter { !$0.isSettled }.prefix(most).map { $0.description }
        }
    }

    /// Ends all connections.
    public func stop() async throws {
        try await on { core in
            core.isStopped = true
            for proxy in core.proxies { proxy.disconnect() }
        }
        try await group.shutdownGracefully()
    }

    private func on<Result: Sendable>(_ body: @escaping @Sendable (FleetCore) throws -> Result) async throws -> Result {
        let core = core
        return try await group.next().submit { try body(core.value) }.get()
    }
}
