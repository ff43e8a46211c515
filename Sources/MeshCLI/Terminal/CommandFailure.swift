internal import KubernetesClient

/// Why a command could not do what it was told; the exit status is 1.
///
/// Wrong words on the command line are `ValidationError`s instead, whose exit status is 2, and a check that found
/// a fault and said so throws `ExitCode.failure`.
struct CommandFailure: Error, CustomStringConvertible, Equatable {
    /// What was being done, and to what; empty where the reason says it.
    let action: String
    /// What went wrong.
    let reason: String
    /// What to do next; empty where nothing is known.
    let advice: String
    /// Whether it is that nobody answered in time: asking again at another port would take as long.
    private(set) var isSilence = false

    /// A failure.
    init(_ action: String, because reason: String, advice: String = "", isSilence: Bool = false) {
        self.isSilence = isSilence
        self.action = action
        self.reason = reason
        self.advice = advice
    }

    /// A failure whose message says all.
    init(_ message: String, advice: String = "") { self.init("", because: message, advice: advice) }

    /// A failure of a request to the API server.
    ///
    /// - Parameters:
    ///   - action: What was being done.
    ///   - error: What the client says.
    ///   - server: The server's URL.
    init(_ action: String, _ error: KubernetesError, server: String) {
        let advice =
            switch error.code {
            case .transport:
                "see whether the cluster runs at \(server), or name another with --kubeconfig and --context"
            case .unauthorized: "renew the credential of the kubeconfig"
            case .forbidden: "ask for the permission, or name another user with --context"
            case .notFound: "see whether the mesh and its kinds are installed: osm mesh list"
            default: ""
            }
        // The client's own advice is for the controller.
        let message = error.message.split(separator: " (", maxSplits: 1).first.map(String.init) ?? error.message
        let isAdvised = error.code == .unauthorized || error.code == .forbidden
        let cause = error.code == .transport ? error.cause.map { ": \($0)" } ?? "" : ""
        self.init(action, because: (isAdvised ? message : error.message) + cause, advice: advice)
    }

    /// The action, the reason, and on a line of its own what to do.
    var description: String {
        let what = action.isEmpty ? reason : "\(action): \(reason)"
        return advice.isEmpty ? what : "\(what)\n\(advice.prefix(1).uppercased())\(advice.dropFirst())."
    }
}
