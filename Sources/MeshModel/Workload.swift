/// What keeps a pod running: a Deployment, a StatefulSet, a Job.
public struct Workload: Hashable, Sendable {
    /// Its kind.
    public let kind: String
    /// Its name, in the pod's namespace.
    public let name: String

    /// A workload by its name.
    public init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }

    /// The workload of a pod by its controller, as the original tells it.
    ///
    /// A ReplicaSet stands for its Deployment, whose name lacks the last part.
    public init(ofController kind: String, named name: String) {
        if kind == "ReplicaSet", let hyphen = name.lastIndex(of: "-"), hyphen > name.startIndex {
            self.init(kind: "Deployment", name: String(name[..<hyphen]))
        } else {
            self.init(kind: kind, name: name)
        }
    }

    /// What statistics say of a pod without a controller, as the original's.
    public static let unknown = Workload(kind: "unknown", name: "unknown")
}
