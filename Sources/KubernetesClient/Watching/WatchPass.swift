internal import Logging
internal import MeshModel
internal import NIOCore

/// One pass over the objects of a kind: makes the requests that ``WatchState`` asks for.
struct WatchPass<Object: SourceObject> {
    /// How long a stream must last to count as one that works.
    private static var usefulTime: Duration { .seconds(1) }

    private let client: KubernetesClient
    private let namespace: String?
    private let labelSelector: String?
    private let format: ObjectFormat<Object>
    private let log: WatchLog
    private var resource: APIResource
    private var state: WatchState<Object>
    private var stream: EventStream<Object>?
    private var generator = SystemRandomNumberGenerator()

    init(_ watch: ObjectWatch<Object>) {
        client = watch.client
        namespace = watch.namespace
        labelSelector = watch.labelSelector
        format = watch.format
        resource = APIResource(Object.source)
        log = WatchLog(kind: Object.source, logger: watch.client.logger, metrics: watch.client.metrics)
        state = WatchState()
        client.metrics.synchronized(Object.source, false)
    }

    /// Takes the next step, or hears the next events of the open stream.
    ///
    /// - Returns: What follows; nothing where the task was cancelled.
    mutating func advance() async -> WatchState<Object>.Outcome {
        let wasSynchronized = state.isSynchronized
        let outcome = stream == nil ? await takeStep() : await hear()
        guard !Task.isCancelled else { return .init() }
        log.write(outcome, resource: resource)
        if state.isSynchronized != wasSynchronized { client.metrics.synchronized(Object.source, true) }
        if !outcome.changes.isEmpty { client.metrics.knows(Object.source, state.known.count) }
        return outcome
    }

    private mutating func takeStep() async -> WatchState<Object>.Outcome {
        do {
            if state.pause > .zero { try await Task.sleep(for: state.pause) }
            switch state.step {
            case .discover:
                try await discover()
                state.discovered()
                return .init()
            case .list(let continuation):
                var request = APIRequest.list(
                    resource, namespace: namespace, labelSelector: labelSelector, continuation: continuation)
                request.accept(format.accepted(of: resource))
                return state.listed(try format.page(try await client.send(request), request.action))
            case .streamList:
                return try await open(
                    .streamingList(
                        resource, namespace: namespace, labelSelector: labelSelector, timeout: randomTimeout()))
            case .follow(let resourceVersion):
                return try await open(
                    .watch(
                        resource, namespace: namespace, labelSelector: labelSelector, from: resourceVersion,
                        timeout: randomTimeout()))
            case .checkReadiness:
                return state.checkedReadiness(try await client.isReady(), using: &generator)
            }
        } catch {
            return failed(error)
        }
    }

    private mutating func open(_ request: APIRequest) async throws -> WatchState<Object>.Outcome {
        var request = request
        request.accept(format.accepted(of: resource))
        stream = EventStream(try await client.open(request), format, request.action)
        return state.opened()
    }

    private mutating func randomTimeout() -> Int { Int.random(in: client.timing.watch, using: &generator) }

    /// Chooses the newest version that the server has.
    private mutating func discover() async throws {
        do {
            if client.features.streamsLists == nil {
                // From this release on, Kubernetes' own controllers read lists that way.
                let version = try await client.serverVersion()
                client.features.streamsLists = version >= ServerVersion(major: 1, minor: 34)
            }
            state.streamsLists = client.features.streamsLists ?? false
            // A kind with one version needs no question.
            guard Object.source.versions.count > 1 else { return }
            resource = APIResource(Object.source, version: try await client.servedVersion(of: Object.source))
        } catch let error as KubernetesError where [.forbidden, .notFound].contains(error.code) {
            // Whoever may not ask what there is may still read the newest version.
            resource = APIResource(Object.source)
        }
    }

    private mutating func hear() async -> WatchState<Object>.Outcome {
        guard var open = stream else { return .init() }
        // Held once, so that no copy of its buffer is made.
        stream = nil
        do {
            guard let heard = try await open.next() else {
                log.restarted("ended")
                state.ended(wasUseful: open.isUseful(after: Self.usefulTime), using: &generator)
                return .init()
            }
            var outcome = state.heard(heard.events, using: &generator)
            log.heard(heard.events.map(\.type))
            if let failure = heard.failure {
                outcome.append(failed(failure))
            } else if outcome.endsStream {
                log.restarted("error")
            } else {
                stream = open
            }
            return outcome
        } catch {
            return failed(error, wasUseful: open.isUseful(after: Self.usefulTime))
        }
    }

    private mutating func failed(_ error: any Error, wasUseful: Bool = false) -> WatchState<Object>.Outcome {
        guard !Task.isCancelled else { return .init() }
        let action = "watch of \(resource)"
        let failure = KubernetesError(transport: error, action: action, server: client.access.server)
        log.restarted(failure.code.description)
        let wasStreaming = state.streamsLists
        let outcome = state.failed(failure, wasUseful: wasUseful, using: &generator)
        if wasStreaming, !state.streamsLists { client.features.streamsLists = false }
        return outcome
    }
}

extension WatchState.Outcome {
    /// What follows from a later answer.
    fileprivate mutating func append(_ other: Self) {
        changes += other.changes
        isSynchronized = isSynchronized || other.isSynchronized
        reports += other.reports
    }
}
