public import MeshModel

/// Which pods and ServiceAccounts exist: what a token must still stand for.
///
/// An empty uid, as objects have whose manifests carry none, stands for any uid.
public protocol PodDirectory: Sendable {
    /// The pod of a name, once there is one with a uid, or at the latest after a time.
    ///
    /// Returns at once if the pod is there. Otherwise it waits until a pod of that name and uid appears (or one with an
    /// empty uid), the time is over or the task is cancelled.
    ///
    /// - Parameters:
    ///   - name: Namespace and name of the pod.
    ///   - uid: The uid to wait for.
    ///   - limit: The longest wait.
    /// - Returns: The pod of that name by then, whatever its uid; `nil` if there is none.
    func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> KnownPod?

    /// The uid of a ServiceAccount, empty where it has none; `nil` if there is no such account.
    func serviceAccountUID(_ name: ObjectName) async -> String?

    /// The uid of a ServiceAccount, once there is one with a uid, or at the latest after a time.
    ///
    /// Returns at once if the account is there. Otherwise it waits until an account of that name and uid appears (or one
    /// with an empty uid), the time is over or the task is cancelled. A directory that is told of changes should
    /// answer from them; by default it is asked ten times a second.
    ///
    /// - Parameters:
    ///   - name: Namespace and name of the account.
    ///   - uid: The uid to wait for.
    ///   - limit: The longest wait.
    /// - Returns: The uid of the account of that name by then, empty where it has none; `nil` if there is none.
    func serviceAccountUID(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> String?
}

extension PodDirectory {
    /// The uid of a ServiceAccount, asked for ten times a second.
    public func serviceAccountUID(
        _ name: ObjectName, uid: String, waitingAtMost limit: Duration
    ) async -> String? {
        let end = ContinuousClock.now + limit
        while true {
            let found = await serviceAccountUID(name)
            if let found, found.isEmpty || found == uid { return found }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(100))) != nil else {
                return found
            }
        }
    }
}

/// A pod that exists.
public struct KnownPod: Hashable, Sendable {
    /// Its uid; empty where it has none.
    public let uid: String
    /// The ServiceAccount that it runs as.
    public let identity: ServiceIdentity

    /// A pod that exists.
    public init(uid: String, identity: ServiceIdentity) {
        self.uid = uid
        self.identity = identity
    }
}
