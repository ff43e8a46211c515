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
        /// Whether it mounts a proxy's token, and has not ended.
        let hasProxy: Bool
    }

    private enum Awaited {
        case pod(ObjectName, uid: String)
        case meshNamespace(String)
    }

    private struct Waiter {
        let awaited: Awaited
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var pods: [ObjectName: Workload] = [:]
        var serviceAccounts: [ObjectName: String] = [:]
        var namespaces: [String: Namespace] = [:]
        var meshNamespaces: Set<String> = []
        /// How many pods there mount a proxy's token and have not ended.
        var proxies: [String: Int] = [:]
        var config: MeshConfig?
        var claims = ObjectClaims()
        var waiters: [UInt64: Waiter] = [:]
        var last: UInt64 = 0

        func holds(_ awaited: Awaited) -> Bool {
            switch awaited {
            case .pod(let name, let uid): pods[name].map { $0.uid.isEmpty || $0.uid == uid } ?? false
            case .meshNamespace(let name): meshNamespaces.contains(name)
            }
        }

        mutating func set(_ pod: Pod?, for name: ObjectName) {
            let workload = pod.map {
                Workload(
                    uid: $0.metadata.uid, identity: $0.identity, hasProxy: $0.mountsProxyToken && !$0.isTerminal)
            }
            let before = pods[name]
            pods[name] = workload
            let difference = (workload?.hasProxy == true ? 1 : 0) - (before?.hasProxy == true ? 1 : 0)
            guard difference != 0 else { return }
            let count = proxies[name.namespace, default: 0] + difference
            proxies[name.namespace] = count > 0 ? count : nil
        }
    }

    private let state = Mutex(State())

    /// An empty directory.
    public init() {}

    /// The uid of a ServiceAccount, empty where it has none; `nil` if there is no such account.
    public func serviceAccountUID(_ name: ObjectName) -> String? { state.withLock { $0.serviceAccounts[name] } }

    /// The namespaces of the mesh.
    public var meshNamespaces: Set<String> { state.withLock { $0.meshNamespaces } }

    /// The namespaces, of the mesh or not, in which a pod that has not ended mounts a proxy's token.
    public var namespacesWithProxies: Set<String> { state.withLock { Set($0.proxies.keys) } }

    /// Whether a pod that runs as a ServiceAccount mounts a proxy's token, and has not ended.
    public func hasProxy(runningAs identity: ServiceIdentity) -> Bool {
        state.withLock { $0.pods.values.contains { $0.hasProxy && $0.identity == identity } }
    }

    /// The mesh's configuration as far as it is in effect, with zero values where there is none; `nil` until the objects
    /// that existed at the start have been taken up.
    public var meshConfig: MeshConfig? { state.withLock { $0.config } }

    /// The namespace of a name if it is part of the mesh: at once, or after waiting for that.
    ///
    /// - Returns: `nil` if it is not part of the mesh by then.
    public func meshNamespace(_ name: String, waitingAtMost limit: Duration) async -> Namespace? {
        await wait(for: .meshNamespace(name), atMost: limit)
        return state.withLock { $0.meshNamespaces.contains(name) ? $0.namespaces[name] : nil }
    }

    /// Other valid objects of the kind that claim one of the things that an object claims: a port of a Service
    /// (IngressBackend), a Service (UpstreamTrafficSetting).
    ///
    /// - Returns: The names, sorted, without duplicates.
    public func rivals(of object: any MeshObject) -> [ObjectName] { state.withLock { $0.claims.rivals(of: object) } }

    /// The pod of a name: at once if it has the uid or none, else after waiting for it.
    ///
    /// - Returns: The pod of that name by then, whatever its uid; `nil` if there is none.
    public func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> Workload? {
        await wait(for: .pod(name, uid: uid), atMost: limit)
        return state.withLock { $0.pods[name] }
    }

    /// Takes up the changes of a batch, and lets those go on who waited for them.
    func apply(_ batch: [TableChange], _ settings: MeshSettings) {
        let ready = state.withLock { state in
            if state.config == nil { state.config = .absent }
            for change in batch {
                switch change {
                case .pod(let name, let row): state.set(row?.object, for: name)
                case .serviceAccount(let name, let row):
                    state.serviceAccounts[name] = row?.object.metadata.uid
                case .namespace(let name, let row):
                    state.namespaces[name.name] = row?.object
                    if row?.object.isInMesh(named: settings.meshName) == true {
                        state.meshNamespaces.insert(name.name)
                    } else {
                        state.meshNamespaces.remove(name.name)
                    }
                case .meshConfig(settings.meshConfigName, let row): state.config = row?.object.inEffect ?? .absent
                case .ingressBackend(let name, let row): state.claims.set(row?.valid, for: name)
                case .upstreamTrafficSetting(let name, let row): state.claims.set(row?.valid, for: name)
                default: break
                }
            }
            let ready = state.waiters.filter { state.holds($0.value.awaited) }
            for id in ready.keys { state.waiters[id] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    private func wait(for awaited: Awaited, atMost limit: Duration) async {
        guard !state.withLock({ $0.holds(awaited) }) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(for: awaited) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(for awaited: Awaited) async {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !state.holds(awaited), !Task.isCancelled else { return true }
                    state.waiters[id] = Waiter(awaited: awaited, continuation: continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}
