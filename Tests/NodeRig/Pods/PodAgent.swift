import Foundation
import NIOHTTP1
import Synchronization

/// Runs one pod, from its binding to this node until it is gone from the API server.
final class PodAgent: Sendable {
    /// What changes of a pod while it runs.
    struct Live: Sendable {
        var metadata: ObjectMeta
        var conditions: [Pod.Condition]
        var place: PodNetwork.Place?
        var runs: [String: ContainerRun] = [:]
        /// Whether the sidecars are to end, since everything else has.
        var endsSidecars = false
        /// The status that the API server has.
        var sent: JSONValue?
        /// Whether it was already said that the API server does not hear of the status.
        var isSilent = false
    }

    let node: Node
    let pod: Pod
    let volumes: VolumeSet
    let http: HTTPGetter
    let live: Mutex<Live>
    private let record: Mutex<PodRecord>
    /// Set when the pod is to end, to the time that it is given.
    let deletion = OneShot<Duration>()
    /// Set when the API server no longer has the pod.
    let gone = OneShot<Bool>()
    /// One container starts at a time, and the next only when what follows its start is done.
    let startGate = SerialGate()
    let publishGate = SerialGate()
    let statusChanges: AsyncStream<Void>
    private let statusSource: AsyncStream<Void>.Continuation

    /// The directory of everything that belongs to the pod.
    var directory: String { "\(node.settings.directory)/pods/\(pod.uid)" }
    var metadata: ObjectMeta { live.withLock(\.metadata) }
    /// What is known of the pod.
    var snapshot: PodRecord { record.withLock(\.self) }

    init(_ pod: Pod, node: Node, http: HTTPGetter) {
        self.node = node
        self.pod = pod
        self.http = http
        volumes = VolumeSet(
            node: node, pod: pod, directory: "\(node.settings.directory)/pods/\(pod.uid)/volumes")
        live = Mutex(Live(metadata: pod.metadata, conditions: pod.status?.conditions ?? []))
        record = Mutex(PodRecord(pod))
        (statusChanges, statusSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        heard(pod.metadata, pod.status?.conditions ?? [])
    }

    /// Changes what is known, and lets the API server know.
    func update(_ body: (inout PodRecord) -> Void) {
        record.withLock { body(&$0) }
        statusSource.yield()
    }

    /// The API server has a new state of the pod.
    func heard(_ metadata: ObjectMeta, _ conditions: [Pod.Condition]) {
        let own: Set = ["Initialized", "Ready", "ContainersReady"]
        live.withLock { live in
            live.metadata = metadata
            live.conditions =
                live.conditions.filter { own.contains($0.type) } + conditions.filter { !own.contains($0.type) }
        }
        statusSource.yield()
        if metadata.deletionTimestamp != nil {
            deletion.set(.seconds(metadata.deletionGracePeriodSeconds ?? 30))
        }
    }

    /// The API server no longer has the pod: it ends soon.
    func vanished() {
        gone.set(true)
        deletion.set(.seconds(1))
    }

    /// Kills everything, since the node ends.
    func kill() {
        gone.set(true)
        deletion.set(.zero)
        for run in live.withLock(\.runs).values { run.signal(SIGKILL) }
    }

    /// Runs the pod.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.publish() }
            group.addTask { await self.refreshVolumes() }
            await runUntilUnwanted()
            group.cancelAll()
        }
        await cleanUp()
    }

    /// Until the pod has ended, and is wanted no more.
    private func runUntilUnwanted() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard (try? await self.gone.wait()) != nil, (try? await Task.sleep(for: .seconds(2))) != nil
                else { return }
                // Nobody waits for what the API server has forgotten.
                for run in self.live.withLock(\.runs).values { run.signal(SIGKILL) }
            }
            await withTaskGroup(of: Void.self) { life in
                life.addTask {
                    await self.runContainers()
                    if self.deletion.current == nil { await self.conclude() }
                }
                life.addTask {
                    _ = try? await self.deletion.wait()
                    await self.terminate(within: self.deletion.current ?? .zero)
                }
            }
            group.cancelAll()
        }
    }

    /// Notes how the pod ended by itself.
    private func conclude() async {
        update { record in
            let codes = record.containers.map { $0.termination?.exitCode }
            let isFailed = !record.isInitialized || codes.contains { $0 != 0 }
            record.conclusion = isFailed ? .failed : .succeeded
        }
        await leaveNetwork()
    }

    private func cleanUp() async {
        await leaveNetwork()
        await volumes.remove()
        guard gone.current == nil, !Task.isCancelled else { return }
        await publishNow()
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.metadata.name)"
        for _ in 0..<20 where gone.current == nil {
            do {
                let options: JSONValue = [
                    "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                    "preconditions": ["uid": .string(pod.uid)],
                ]
                try await node.api.send(.DELETE, path, options)
                return
            } catch let failure as APIClient.Failure where [404, 409].contains(failure.status) {
                return
            } catch {
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func leaveNetwork() async {
        guard
            let place = live.withLock({ live in
                defer { live.place = nil }
                return live.place
            })
        else { return }
        await node.network.detach(place)
    }

    /// Waits, unless the pod is to end.
    ///
    /// - Returns: Whether it is to end.
    func pause(_ time: Duration) async -> Bool { await deletion.wait(atMost: time) != nil || Task.isCancelled }

    /// What the pod can learn of itself now.
    var fields: FieldPath { FieldPath(pod: pod, metadata: metadata, address: snapshot.address) }

    /// The run of a container that goes on.
    func run(of name: String) -> ContainerRun? { live.withLock { $0.runs[name] } }
}
