internal import MeshModel

extension WatchState {
    /// How many failures in a row, by the server's own fault, it takes to give up the place in the stream of events.
    private static var failuresToListAgain: Int { 5 }

    /// A step had no success.
    ///
    /// - Parameters:
    ///   - error: The failure.
    ///   - wasUseful: Whether a stream lasted before it failed.
    ///   - generator: Where the pause's chance comes from.
    mutating func failed(
        _ error: KubernetesError, wasUseful: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> Outcome {
        var outcome = Outcome()
        if wasUseful { backoff.reset() }
        failed(error, using: &generator, &outcome)
        return outcome
    }

    mutating func failed(
        _ error: KubernetesError, using generator: inout some RandomNumberGenerator, _ outcome: inout Outcome
    ) {
        switch (error.code, step) {
        case (.gone, .list(continuation: nil)), (.gone, .discover), (.gone, .checkReadiness), (.gone, .streamList):
            report(.failing(error.message), &outcome)
            retry(step, error, using: &generator)
        case (.gone, _):
            // What happened meanwhile is known no more: the list tells. The first time at once.
            let isRepeated = backoff.count > 0
            let pause = backoff.next(using: &generator)
            go(to: listing, after: isRepeated ? pause : .zero)
        case (.notFound, .checkReadiness): go(to: .discover, after: backoff.next(using: &generator))
        case (.notFound, _): go(to: .checkReadiness)
        case (.badRequest, .streamList), (.invalid, .streamList):
            // The server does not send lists as events.
            streamsLists = false
            go(to: listing)
        case (.forbidden, _):
            denials = 0
            report(.forbidden(error.message), &outcome)
            retry(step, error, using: &generator)
        case (.decoding, .follow), (.tooLarge, .follow):
            // Where the stream stands is not known any more.
            report(.failing(error.message), &outcome)
            retry(listing, error, using: &generator)
        default:
            denials = 0
            // A stream that is cut and comes back at once is no trouble worth a report.
            if backoff.count > 0 || !isFollowing { report(.failing(error.description), &outcome) }
            let isLost = isFollowing && error.code != .transport && backoff.count >= Self.failuresToListAgain
            retry(isLost ? listing : step, error, using: &generator)
        }
    }

    private var isFollowing: Bool {
        if case .follow = step { return true }
        return false
    }

    private mutating func retry(
        _ next: Step, _ error: KubernetesError, using generator: inout some RandomNumberGenerator
    ) {
        let pause = backoff.next(using: &generator)
        go(to: next, after: max(pause, error.retryAfter ?? .zero))
    }
}
