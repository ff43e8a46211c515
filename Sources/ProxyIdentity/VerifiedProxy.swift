public import FoundationEssentials
public import MeshModel

/// A proxy that proved who it is.
public struct VerifiedProxy: Hashable, Sendable {
    /// The ServiceAccount of its pod.
    public let identity: ServiceIdentity
    /// Its pod.
    public let pod: ObjectName
    /// The pod's uid, as the token has it.
    public let podUID: String
    /// When the proof ends.
    public let expiry: Date
}
