internal import FoundationEssentials
public import KubernetesClient
public import Logging
public import MeshModel
public import ServiceLifecycle
internal import Synchronization

/// Keeps what pods have called in a few ConfigMaps beside the Lease, and hears there what other replicas know.
///
/// So a controller that starts knows what the one before knew. Without the objects, or the right to them, each replica goes
/// by what its own proxies have called.
public final class CallExchange: ServiceLifecycle.Service {
    /// Service ports, by who called.
    public typealias Calls = [ServiceIdentity: Set<ServicePort>]

    private let client: KubernetesClient
    private let namespace: String
    private let meshName: String
    private let logger: Logger
    private let onNews: @Sendable (_ remembered: Calls, _ dropped: Calls) -> Void
    private let onRead: @Sendable () -> Void
    private let onLackOfRoom: @Sendable () -> Void
    private let isElseRead: @Sendable () -> Bool
    private let ledger = Mutex(CallLedger())
    private let pulse = Pulse()
    /// Whether all that there was at the start was read: who hears nothing of the objects does not write them blindly.
    private let isRead = Mutex(false)

    /// The label of the objects; its value is the mesh's name.
    private static let label = "openservicemesh.io/calls-of"
    /// What is learned within this time is written together.
    private static let interval = Duration.milliseconds(500)
    /// Once everything else was read, a start waits so long for these objects at most.
    private static let patience = Duration.seconds(10)

    /// An exchange.
    ///
    /// - Parameters:
    ///   - namespace: The namespace of the controller.
    ///   - isElseRead: Whether everything else that a start waits for was read.
    ///   - onNews: Called with what others remember that this replica does not, and with what nobody remembers any more.
    ///   - onLackOfRoom: Called when there is no room for something that is to be kept: what nobody uses may be forgotten.
    ///   - onRead: Called once everything was told that was kept at the start, or cannot be had for now.
    public init(
        client: KubernetesClient, namespace: String, meshName: String, logger: Logger,
        isElseRead: @escaping @Sendable () -> Bool,
        onNews: @escaping @Sendable (_ remembered: Calls, _ dropped: Calls) -> Void,
        onLackOfRoom: @escaping @Sendable () -> Void, onRead: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.namespace = namespace
        self.meshName = meshName
        self.logger = logger
        self.isElseRead = isElseRead
        self.onNews = onNews
        self.onLackOfRoom = onLackOfRoom
        self.onRead = onRead
    }

    /// Takes up what this replica remembers, and what it has forgotten; from any thread.
    public func tell(remembered: Calls, forgotten: Calls) {
        let isDue = ledger.withLock { ledger in
            ledger.told(remembered: remembered, forgotten: forgotten)
            return ledger.isDue
        }
        if isDue { pulse.beat() }
    }

    /// Reads and writes until the process shuts down.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.pulse.tick(every: Self.interval, always: .seconds(5)) }
            group.addTask { await self.loseHope() }
            group.addTask { await self.read() }
            await write()
            group.cancelAll()
        }
    }

    private func read() async {
        let watch = client.watch(
            CallObject.self, namespace: namespace, labelSelector: "\(Self.label)=\(meshName)")
        for await event in watch.cancelOnGracefulShutdown() {
            switch event {
            case .changes(let changes): for change in changes { takeUp(change) }
            case .synchronized:
                isRead.withLock { $0 = true }
                onRead()
                pulse.beat()
            }
        }
    }

    private func takeUp(_ change: ObjectChange<CallObject>) {
        let name = change.name
        let (news, unreadable) = ledger.withLock { ledger -> (CallLedger.News, [String]) in
            switch change {
            case .set(let object): ledger.observed(object)
            case .unreadable, .remove: (ledger.removed(name.name), [])
            }
        }
        if !unreadable.isEmpty {
            logger.warning(
                "what is kept of calls cannot be read in whole: those who called will ask once more",
                metadata: [
                    "object": "ConfigMap \(name)", "entries": "\(unreadable.prefix(5).joined(separator: ", "))",
                    "count": "\(unreadable.count)",
                ])
        }
        if !news.isEmpty { onNews(news.remembered, news.dropped) }
        pulse.beat()
    }

    /// A start does not wait for ever for what only spares proxies a question.
    private func loseHope() async {
        while !isElseRead() {
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return }
        }
        guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
        onRead()
    }

    private func write() async {
        let clock = ContinuousClock()
        let start = clock.now
        var isInTrouble = false
        var full: Set<Int> = []
        for await _ in pulse.beats.cancelOnGracefulShutdown() {
            await write(at: clock.now - start, &isInTrouble, &full)
            // What is learned meanwhile is written together.
            try? await Task.sleep(for: Self.interval)
        }
        await write(at: clock.now - start, &isInTrouble, &full)
    }

    private func write(at now: Duration, _ isInTrouble: inout Bool, _ full: inout Set<Int>) async {
        guard isRead.withLock({ $0 }) else { return }
        let (writes, isCrampedAnew, nowFull) = ledger.withLock { ledger in
            let before = ledger.cramped
            let writes = ledger.writes(at: now)
            return (writes, !ledger.cramped.isSubset(of: before), ledger.full)
        }
        if isCrampedAnew { onLackOfRoom() }
        pulse.setTicking(ledger.withLock { $0.isDue })
        for number in nowFull.subtracting(full).sorted() {
            logger.warning(
                """
                there is no room for more calls: until what is kept there is of no use any more, replicas do not tell each \
                other about further ones, and proxies that made them count as behind
                """,
                metadata: ["object": "ConfigMap \(namespace)/\(CallText.name(number))"])
        }
        full = nowFull
        var failure: (name: ObjectName, error: any Error)?
        for write in writes {
            let name = ObjectName(namespace: namespace, name: CallText.name(write.shard))
            do {
                try await perform(write, name)
            } catch let error as KubernetesError where error.code == .conflict {
                // Another replica was quicker: its words come by the watch, and then these are added.
            } catch {
                failure = (name, error)
            }
        }
        if let failure, !isInTrouble {
            logger.warning(
                "what pods have called cannot be kept; it is tried again until it can",
                metadata: ["object": "ConfigMap \(failure.name)", "error": "\(failure.error)"])
        }
        if !writes.isEmpty { isInTrouble = failure != nil }
    }

    private func perform(_ write: CallLedger.Write, _ name: ObjectName) async throws {
        var metadata: [String: JSONContent] = ["name": .string(name.name), "namespace": .string(name.namespace)]
        let data = write.data.mapValues { text in text.map { JSONContent.string($0) } ?? .null }
        guard let version = write.resourceVersion else {
            metadata["labels"] = [
                Self.label: .string(meshName), "app.kubernetes.io/name": "openservicemesh.io",
                "app.kubernetes.io/instance": .string(meshName),
            ]
            let entries = data.filter { $0.value != .null }
            if try await !client.create(.configMap, name, body: body(metadata, entries)) {
                // Another replica made it, or somebody took its label away: with it the watch tells what it holds.
                _ = try await client.mergePatch(.configMap, name, subresource: nil, body: body(metadata, [:]))
            }
            return
        }
        guard !write.isImmutable else {
            // Somebody made it so, which cannot be undone: once it is gone, it is made anew with all that it held.
            ledger.withLock { $0.willDelete(write.shard) }
            _ = try await client.delete(.configMap, name, resourceVersion: version)
            return
        }
        metadata["resourceVersion"] = .string(version)
        _ = try await client.mergePatch(.configMap, name, subresource: nil, body: body(metadata, data))
    }

    private func body(_ metadata: [String: JSONContent], _ data: [String: JSONContent]) -> JSONContent {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": .object(metadata), "data": .object(data)]
    }
}

extension CallExchange: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "exchange of calls" }
}
