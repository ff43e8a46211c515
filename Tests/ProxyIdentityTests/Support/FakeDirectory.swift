import MeshModel
import ProxyIdentity
import Synchronization

/// A directory that a test fills, in which a pod that is waited for comes at once or never.
final class FakeDirectory: PodDirectory {
    struct State {
        var pods: [ObjectName: KnownPod] = [:]
        var serviceAccounts: [ObjectName: String] = [:]
        /// What appears once somebody waits.
        var arriving: [ObjectName: KnownPod] = [:]
        var arrivingServiceAccounts: [ObjectName: String] = [:]
        var waits: [Duration] = []
        var accountWaits: [Duration] = []
        var questions = 0
    }

    let state: Mutex<State>

    init(_ state: State) { self.state = Mutex(state) }

    func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> KnownPod? {
        state.withLock { state in
            state.questions += 1
            if let pod = state.pods[name], pod.uid.isEmpty || pod.uid == uid { return pod }
            state.waits.append(limit)
            if let pod = state.arriving[name] { state.pods[name] = pod }
            return state.pods[name]
        }
    }

    func serviceAccountUID(_ name: ObjectName) async -> String? { state.withLock { $0.serviceAccounts[name] } }

    func serviceAccountUID(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> String? {
        state.withLock { state in
            if let found = state.serviceAccounts[name], found.isEmpty || found == uid { return found }
            state.accountWaits.append(limit)
            if let arriving = state.arrivingServiceAccounts[name] { state.serviceAccounts[name] = arriving }
            return state.serviceAccounts[name]
        }
    }
}

/// A directory that knows nothing of waiting for a ServiceAccount.
final class AskedDirectory: PodDirectory {
    let state: Mutex<(uids: [String?], questions: Int)>

    /// - Parameter uids: What is answered, one after another, the last for good.
    init(_ uids: [String?]) { state = Mutex((uids, 0)) }

    func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> KnownPod? { nil }

    func serviceAccountUID(_ name: ObjectName) async -> String? {
        state.withLock { state in
            state.questions += 1
            return state.uids.count > 1 ? state.uids.removeFirst() : state.uids[0]
        }
    }
}

/// A key set that counts how often it is asked, and has other keys after a refresh.
final class CountingKeySet: TokenKeySet {
    struct Unreachable: Error {}

    private let first: [any TokenKeySet]
    private let refreshed: [any TokenKeySet]
    private let isReachable: Bool
    private let counts = Mutex((plain: 0, refreshing: 0))

    init(_ first: any TokenKeySet..., refreshed: [any TokenKeySet] = [], isReachable: Bool = true) {
        self.first = first
        self.refreshed = first + refreshed
        self.isReachable = isReachable
    }

    var plain: Int { counts.withLock { $0.plain } }
    var refreshes: Int { counts.withLock { $0.refreshing } }

    func keys(refreshing: Bool) async throws -> [TokenKey] {
        counts.withLock { if refreshing { $0.refreshing += 1 } else { $0.plain += 1 } }
        guard isReachable else { throw Unreachable() }
        var keys: [TokenKey] = []
        for set in refreshing ? refreshed : first { keys += try await set.keys(refreshing: refreshing) }
        return keys
    }
}
