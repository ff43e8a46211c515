/// What becomes of a pod.
public enum InjectionOutcome: Hashable, Sendable {
    /// It is created as it is: it shall have no sidecar, or has one already.
    case unchanged
    /// It is created with a sidecar.
    ///
    /// `patch` is a JSON patch (RFC 6902); `warnings` are for the person who creates the pod, most often none.
    case patched(patch: [UInt8], warnings: [String])
    /// It is not created, for a reason that says what to do.
    case denied(String)
}

/// Why a pod is not created.
struct InjectionRefusal: Error {
    let message: String
}
