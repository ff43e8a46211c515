public import KubernetesClient
public import Logging
internal import MeshModel
public import MeshStatus
internal import Metrics
public import ServiceLifecycle

/// Keeps the status of every object in the cluster what it should be, while this replica leads.
///
/// What is written when is ``StatusPlan``'s to decide. A new leader first reads what the objects have, and again every
/// ten minutes, so that what somebody else overwrites is set right.
public struct StatusWriter: ServiceLifecycle.Service {
    private let client: KubernetesClient
    private let pulse: Pulse
    private let report: @Sendable () -> StatusReport
    private let isLeader: @Sendable () -> Bool
    private let instance: String
    private let timing: StatusTiming
    private let logger: Logger

    private static let tick = Duration.milliseconds(200)
    private static let longTick = Duration.seconds(5)
    /// Between two looks at everything: what changes meanwhile is taken together.
    private static let pause = Duration.milliseconds(20)
    private static let resync = Duration.seconds(600)
    /// Kinds whose statuses could not be read are tried again so often.
    private static let retry = Duration.seconds(2)
    private static let parallel = 8
    private static let mostHappenings = 512

    /// A writer.
    ///
    /// - Parameters:
    ///   - pulse: Beats whenever the report may differ, or leadership changed.
    ///   - report: What is to say about every object now, once everything is known; with times that stand.
    ///   - isLeader: Whether this replica writes.
    ///   - instance: The replica, as events name it.
    public init(
        client: KubernetesClient, pulse: Pulse, instance: String, timing: StatusTiming = StatusTiming(),
        isLeader: @escaping @Sendable () -> Bool, logger: Logger, report: @escaping @Sendable () -> StatusReport
    ) {
        self.client = client
        self.pulse = pulse
        self.report = report
        self.isLeader = isLeader
        self.instance = instance
        self.timing = timing
        self.logger = logger
    }

    /// Writes until the process shuts down.
    public func run() async {
        // Events are an aid: no status waits for them.
        let (happenings, happened) = AsyncStream.makeStream(
            of: EventRecorder.Happening.self, bufferingPolicy: .bufferingOldest(Self.mostHappenings))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.tick(every: Self.tick, always: Self.longTick) }
            group.addTask {
                var recorder = EventRecorder(client: client, instance: instance, logger: logger)
                for await happening in happenings { await recorder.record(happening) }
            }
            await write(happened)
            happened.finish()
            group.cancelAll()
        }
    }

    private func write(_ happened: AsyncStream<EventRecorder.Happening>.Continuation) async {
        let clock = ContinuousClock()
        let start = clock.now
        var plan: StatusPlan?
        var read = Duration.zero
        var resources: [ObjectKind: APIResource] = [:]
        var told = ServiceWarnings()
        for await _ in pulse.beats.cancelOnGracefulShutdown() {
            guard isLeader() else {
                plan = nil
                continue
            }
            let now = clock.now - start
            let report = report()
            guard !report.objects.isEmpty || report.revision > 0 else { continue }
            if plan == nil { resources = [:] }
            var current = plan ?? StatusPlan(timing)
            let kinds = Set(report.objects.compactMap(\.key).map(\.kind)).filter(\.statusIsOurs)
            if now - read >= (kinds.isSubset(of: resources.keys) ? Self.resync : Self.retry) || plan == nil {
                await observe(kinds, &current, &resources)
                read = now
            }
            let writes = current.next(report, of: Set(resources.keys), at: now)
            for (write, outcome) in await perform(writes, resources) {
                switch outcome {
                case .written: current.written(write, at: clock.now - start)
                // What is gone will be told by its watch; where only the status is not served, it is tried now and then.
                case .gone, .failed: current.failed(write, at: clock.now - start)
                }
                guard outcome == .written else { continue }
                for event in ObjectEvent.telling(write.former, write.status) {
                    happened.yield(.init(event: event, subject: EventSubject(write.key, uid: write.status.uid)))
                }
            }
            for happening in told.happenings(report) { happened.yield(happening) }
            plan = current
            pulse.setTicking(current.isWaiting)
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Reads the statuses that objects have.
    ///
    /// - Parameter resources: The kinds that could be read, in the version that is served; of others nothing is written.
    private func observe(
        _ kinds: Set<ObjectKind>, _ plan: inout StatusPlan, _ resources: inout [ObjectKind: APIResource]
    ) async {
        for kind in kinds.sorted(by: { $0.rawValue < $1.rawValue }) {
            do {
                let version = kind.versions.count > 1 ? try await client.servedVersion(of: kind) : kind.versions.first
                let resource = APIResource(kind, version: version)
                let objects = try await client.list(
                    resource, namespace: nil, labelSelector: nil, as: ObservedObject.self)
                for object in objects {
                    plan.observe(ObjectKey(kind: kind, name: object.metadata.objectName), object.status)
                }
                resources[kind] = resource
            } catch {
                logger.warning(
                    "the status of objects cannot be read: none of this kind is written until it can",
                    metadata: ["kind": "\(kind.rawValue)", "error": "\(error)"])
            }
        }
    }

    private enum Outcome: String, Sendable { case written, gone, failed }

    private func perform(
        _ writes: [StatusPlan.Write], _ resources: [ObjectKind: APIResource]
    ) async -> [(StatusPlan.Write, Outcome)] {
        var outcomes: [(StatusPlan.Write, Outcome)] = []
        await withTaskGroup(of: (StatusPlan.Write, Outcome).self) { group in
            var rest = writes[...]
            for write in rest.prefix(Self.parallel) { group.addTask { (write, await perform(write, resources)) } }
            rest = rest.dropFirst(Self.parallel)
            for await outcome in group {
                outcomes.append(outcome)
                if let write = rest.popFirst() { group.addTask { (write, await perform(write, resources)) } }
            }
        }
        return outcomes
    }

    private func perform(_ write: StatusPlan.Write, _ resources: [ObjectKind: APIResource]) async -> Outcome {
        // Of many writes the last ones come late: another may lead by then.
        guard isLeader(), let resource = resources[write.key.kind] else { return .failed }
        let outcome: Outcome
        do {
            let isThere = try await client.mergePatch(
                resource, write.key.name, subresource: "status",
                body: StatusPatch(write.status, former: write.former))
            outcome = isThere ? .written : .gone
        } catch {
            outcome = .failed
            logger.warning(
                "a status cannot be written; it is tried again",
                metadata: ["object": "\(write.key)", "error": "\(error)"])
        }
        Counter(
            label: "osm_status_writes_total",
            dimensions: [("kind", write.key.kind.rawValue), ("outcome", outcome.rawValue)]
        ).increment()
        return outcome
    }
}

extension StatusWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "status writer" }
}
