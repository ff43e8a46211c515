/// Decides after each failed attempt whether a request is made again, and when.
struct RetryPlan {
    /// What to do about a failed attempt.
    enum Decision: Equatable {
        /// The failure stands.
        case fail
        /// Try again after a while.
        case retry(after: Duration)
        /// Get a new credential, then try again.
        case renewCredential
    }

    /// How often the server may ask to come back later.
    ///
    /// Source: no standard; Kubernetes' Go client comes back ten times.
    private var attemptsLeft = 5
    private var mayRenewCredential = true
    private var mayReconnect = true
    /// The longest wait that is obeyed; a server that asks for more gets its failure reported.
    static let longestWait = Duration.seconds(30)

    /// Decides.
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - isSafe: Whether the request may be made twice.
    mutating func decision(on error: KubernetesError, isSafe: Bool) -> Decision {
        switch error.code {
        case .tooManyRequests, .unavailable:
            // Without the header it is not known that the request was not heard.
            guard attemptsLeft > 0, let wait = error.retryAfter, wait <= Self.longestWait else { return .fail }
            attemptsLeft -= 1
            return .retry(after: wait)
        case .unauthorized where mayRenewCredential:
            mayRenewCredential = false
            return .renewCredential
        case .transport where isSafe && mayReconnect:
            // A connection of the pool may have been closed by the server just now.
            mayReconnect = false
            return .retry(after: .zero)
        default:
            return .fail
        }
    }
}
