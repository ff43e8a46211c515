public import MeshModel
internal import PolicyCompiler
internal import Synchronization

/// Which pods and ServiceAccounts exist, for those who must know whether a token still stands for something.
///
/// Kept by the control loop and published after each batch, so it never knows a pod that the cache does not.
public final class WorkloadDirectory: Sendable {
    /// A pod whose proxy may connect.
    public struct Workload: Hashable, Sendable {
        /// The pod's uid; empty where it has none.
        public let uid: String
        /// Who it is.
        public let identity: ServiceIdentity
    }

    private struct Waiter {
        let pod: ObjectName
        let uid: String
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var pods: [ObjectName: Workload] = [:]
        var serviceAccounts: [ObjectName: String] = [:]
        var meshNamespaces: Set<String> = []
        var waiters: [UInt64: Waiter] = [:]
        var last: UInt64 = 0

        func holds(_ pod: ObjectName, _ uid: String) -> Bool {
            pods[pod].map { $0.uid.isEmpty || $0.uid == uid } ?? false
        }
    }

    private let state = Mutex(State())

    /// An empty directory.
    public init() {}

    /// The uid of a ServiceAccount, empty where it has none; `nil` if there is no such account.
    public func serviceAccountUID(_ name: ObjectName) -> String? { state.withLock { $0.serviceAccounts[name] } }

    /// The namespaces of the mesh.
    public var meshNamespaces: Set<String> { state.withLock { $0.meshNamespaces } }

    /// The pod of a name: at once if it has the uid or none, else after waiting for it.
    ///
    /// - Returns: The pod of that name by then, whatever its uid; `nil` if there is none.
    public func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> Workload? {
        if !state.withLock({ $0.holds(name, uid) }) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.wait(for: name, uid) }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }
        return state.withLock { $0.pods[name] }
    }

    /// Takes up the changes of a batch, and lets those go on who waited for them.
    func apply(_ batch: [TableChange], meshName: String) {
        let ready = state.withLock { state in
            for change in batch {
                switch change {
                case .pod(let name, let row):
                    state.pods[name] = row.map { Workload(uid: $0.object.metadata.uid, identity: $0.object.identity) }
                case .serviceAccount(let name, let row):
                    state.serviceAccounts[name] = row?.object.metadata.uid
                case .namespace(let name, let row):
                    if row?.object.isInMesh(named: meshName) == true {
                        state.meshNamespaces.insert(name.name)
                    } else {
                        state.meshNamespaces.remove(name.name)
                    }
                default: break
                }
            }
            let ready = state.waiters.filter { state.holds($0.value.pod, $0.value.uid) }
            for id in ready.keys { state.waiters[id] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    private func wait(for pod: ObjectName, _ uid: String) async {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !state.holds(pod, uid), !Task.isCancelled else { return true }
                    state.waiters[id] = Waiter(pod: pod, uid: uid, continuation: continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
