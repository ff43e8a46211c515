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
