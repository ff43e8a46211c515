internal import NIOCore
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL

/// What all proxies of a fleet share.
///
/// Belongs to the event loop.
final class FleetCore {
    let loop: any EventLoop
    let port: Int
    let variant: Variant
    let tls: NIOSSLContext
    let tally: Tally
    let catalogue = Catalogue()
    lazy var workload = catalogue.id("workload")
    var proxies: [FleetProxy] = []
    var isStopped = false

    init(loop: any EventLoop, port: Int, variant: Variant, tls: NIOSSLContext, tally: Tally) {
        (self.loop, self.port, self.variant, self.tls, self.tally) = (loop, port, variant, tls, tally)
    }
}

/// One simulated Envoy, over all its streams.
///
/// Belongs to the event loop.
final class FleetProxy {
    /// The name by which proxies know the controller.
    static let authority = "osm-controller.osm-system.svc"
    /// Envoy's: the first wait before a new stream is random up to this, and doubles up to the second.
    private static let (firstWait, longestWait) = (TimeAmount.milliseconds(500), TimeAmount.seconds(30))

    let member: Fleet.Member
    private unowned let core: FleetCore
    private var state: EnvoyState
    private(set) var counts = ProxyCounts()
    private var connection: (any Channel)?
    private var stream: ProxyStreamHandler?
    private var attempts = 0
    private var epoch = -1
    private var isCounted = false
    private var hasSentNode = false
    private var readsNoMore = false
    /// The clusters that it waits for, with the moment and the responses before.
    private var asked: [Int32: (at: ContinuousClock.Instant, responses: Int)] = [:]
    /// Whether it refuses whatever comes.
    var refusesAll = false
    /// What it refuses, by name.
    var refuses: Set<Int32> = []

    init(_ member: Fleet.Member, _ core: FleetCore) {
        self.member = member
        self.core = core
        state = EnvoyState(core.variant, wildcard: core.catalogue.id("*"))
    }

    var path: String { core.variant.path }
    var isSettled: Bool { stream != nil && state.isSettled }

    var held: [ResourceKind: [String: String]] {
        let catalogue = core.catalogue
        return ResourceKind.allCases.reduce(into: [:]) { all, kind in
            for (name, version) in state[kind].held {
                all[kind, default: [:]][catalogue.text(name)] = catalogue.text(version)
            }
        }
    }

    /// What it has of each type and what it lacks, for messages.
    var description: String {
        let types = ResourceKind.allCases.map { kind in
            let type = state[kind]
            let lacks = type.wanted.keys.filter { type.held[$0] == nil }.prefix(2).map(core.catalogue.text)
            return "\(kind) \(type.held.count)\(type.isRequested && !type.isAnswered ? " unanswered" : "")"
                + (lacks.isEmpty ? "" : " lacks \(lacks.joined(separator: " "))")
        }
        return "\(member.node)\(stream == nil ? " without a stream" : ""): \(types.joined(separator: ", "))"
    }

    /// Connects, now and again after each end.
    func connect() {
        guard !core.isStopped, connection == nil else { return }
        let loop = core.loop
        let own = NIOLoopBound(self, eventLoop: loop)
        let tls = core.tls
        ClientBootstrap(group: loop).channelOption(.tcpOption(.tcp_nodelay), value: 1).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handlers = channel.pipeline.syncOperations
                try handlers.addHandler(NIOSSLClientHandler(context: tls, serverHostname: Self.authority))
                let streams = try handlers.configureHTTP2Pipeline(
                    mode: .client, connectionConfiguration: Self.connectionConfiguration,
                    streamConfiguration: Self.streamConfiguration
                ) { $0.close() }
                streams.createStreamChannel { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(ProxyStreamHandler(own.value))
                    }
                }.whenFailure { own.value.ended("no stream: \($0)") }
            }
        }.connect(host: "127.0.0.1", port: core.port).whenComplete { result in
            switch result {
            case .success(let channel):
                own.value.connection = channel
                channel.closeFuture.whenComplete { _ in own.value.closed() }
            case .failure(let error): own.value.failed("no connection: \(error)")
            }
        }
    }

    /// Takes nothing more from this connection, and from later ones nothing once it has what it asks for.
    func stopReading() {
        readsNoMore = true
        connection?.setOption(.autoRead, value: false).whenComplete { _ in }
    }

    /// Its pod opens a connection to an address.
    func call(_ address: String) {
        let cluster = core.catalogue.id("on-demand/\(address)")
        guard state[.listener].held[core.catalogue.id("outbound/\(address)")] == nil, asked[cluster] == nil,
            let stream
        else { return }
        let requests = state.ask(for: cluster)
        guard !requests.isEmpty else { return }
        counts.questions += 1
        asked[cluster] = (.now, counts.responses)
        send(requests)
        stream.flush()
        noteSettled()
    }

    /// Ends the connection; it comes back unless the fleet is stopped.
    func disconnect() { connection?.close(promise: nil) }

    // What the stream tells.

    func began(_ stream: ProxyStreamHandler) {
        self.stream = stream
        hasSentNode = false
        core.tally.note { $0.streams += 1 }
        send(state.begin())
        stream.flush()
    }

    func received(_ message: UnsafeRawBufferPointer) {
        attempts = 0
        let response: Response
        do {
            response = try Response(message, core.variant, core.catalogue)
        } catch {
            return ended("a response that is none")
        }
        let bytes = response.arrivals.reduce(0) { $0 + $1.bytes }
        let now = ContinuousClock.now
        counts.responses += 1
        counts.resources[response.kind, default: 0] += response.arrivals.count
        counts.bytes += bytes
        counts.removed += response.removed.count
        if response.kind == .cluster, !asked.isEmpty { noteAnswers(response) }
        core.tally.note { totals in
            totals.responses += 1
            totals.resources += response.arrivals.count
            totals.bytes += bytes
            totals.removed += response.removed.count
            totals.lastEvent = now
        }
        if counts.certified == nil, response.kind == .secret,
            response.arrivals.contains(where: { $0.name == core.workload })
        {
            counts.certified = now
        }
        let bad = response.arrivals.first { refusesAll || refuses.contains($0.name) }
        if bad != nil || refusesAll {
            counts.refusals += 1
            core.tally.note { $0.refusals += 1 }
            send([state.refuse(response, naming: bad.map { core.catalogue.text($0.name) } ?? "")])
        } else {
            send(state.receive(response, core.catalogue))
        }
        noteSettled()
    }

    private func noteAnswers(_ response: Response) {
        for arrival in response.arrivals {
            guard let question = asked.removeValue(forKey: arrival.name) else { continue }
            counts.answers.append(question.at.duration(to: .now))
            counts.answerResponses.append(counts.responses - question.responses)
        }
    }

    /// The stream is over.
    func ended(_ reason: String) {
        guard stream != nil || connection != nil else { return }
        if stream != nil {
            stream = nil
            noteSettled()
            core.tally.note { totals in
                totals.streams -= 1
                if !core.isStopped { totals.ends[reason, default: 0] += 1 }
            }
        }
        connection?.close(promise: nil)
    }

    private func closed() {
        ended("the connection was closed")
        failed(nil)
    }

    /// Connects again after Envoy's wait.
    private func failed(_ reason: String?) {
        connection = nil
        guard !core.isStopped else { return }
        if let reason { core.tally.note { $0.ends[reason, default: 0] += 1 } }
        let most = min(Self.firstWait.nanoseconds << min(attempts, 10), Self.longestWait.nanoseconds)
        attempts += 1
        let own = NIOLoopBound(self, eventLoop: core.loop)
        core.loop.scheduleTask(in: .nanoseconds(Int64.random(in: 0..<most))) { own.value.connect() }
    }

    private func send(_ requests: [Request]) {
        for request in requests {
            guard
                let bytes = try? request.encoded(
                    core.variant, node: hasSentNode ? nil : member.node, core.catalogue)
            else { return ended("a request that cannot be written") }
            hasSentNode = true
            counts.requestBytes += bytes.count
            stream?.write(bytes)
            if !request.nonce.isEmpty, request.refusal == nil { acknowledged() }
        }
    }

    private func acknowledged() {
        let now = ContinuousClock.now
        counts.acknowledgements += 1
        counts.lastAcknowledgement = now
        epoch = core.tally.note { totals in
            totals.acknowledgements += 1
            totals.lastEvent = now
            totals.lastAcknowledgement = now
            if totals.epoch != epoch { totals.reached += 1 }
            return totals.epoch
        }
    }

    private func noteSettled() {
        let isSettled = isSettled
        guard isSettled != isCounted else { return }
        isCounted = isSettled
        if isSettled { counts.settled = .now }
        if isSettled, readsNoMore { stopReading() }
        core.tally.note { $0.settled += isSettled ? 1 : -1 }
    }
}

extension FleetProxy {
    /// Windows as large as Envoy's: they never hold the controller back.
    private static let window = 16 << 20

    private static var connectionConfiguration: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [HTTP2Setting(parameter: .initialWindowSize, value: window)]
        configuration.targetWindowSize = window
        return configuration
    }

    private static var streamConfiguration: NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window
        return configuration
    }
}
