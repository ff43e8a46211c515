internal import FoundationEssentials
internal import Logging
internal import Synchronization
internal import XDSCache

extension ProxySession {
    /// Sees to the secret that a request asks for.
    func obtainSecret(for request: ProxyStream.Request) {
        let workload = ResourceName.workloadSecret
        let signer = secrets.signer
        let (isNeeded, isFirst) = state.withLock { state in
            let isFirst = !state.stream.hasRequested(workload.type)
            // Who asks again is sent the same again: to ask costs the proxy more than the controller.
            guard state.workload?.body.isEmpty != false else { return (false, isFirst) }
            if !isFirst {
                // It has not kept what it had before this stream.
                (state.workload, state.certificate.claimed) = (nil, nil)
            }
            return (!state.certificate.isWaiting(at: .now, signer: signer), isFirst)
        }
        guard isNeeded else { return }
        obtainSecret(currentVersion: isFirst ? request.initialVersion(of: workload) : nil, at: .now)
    }

    /// Decides about the certificate, and takes up a new one, or has it asked for.
    func obtainSecret(currentVersion: String?, at now: ContinuousClock.Instant) {
        // Before the offer: should another begin to sign meanwhile, the next tick asks again.
        let signer = secrets.signer
        do {
            switch try secrets.workloadSecret(for: proxy, currentVersion: currentVersion) {
            case .current(let renewal):
                state.withLock { state in
                    state.certificate.signer = signer
                    // Known to the proxy by its version, so that its body is never looked at.
                    if state.workload == nil || state.workload?.version != currentVersion {
                        state.workload = Resource(
                            key: ResourceKey(.workloadSecret), version: currentVersion ?? "", body: [])
                    }
                    state.certificate.settle(renewal: renewal)
                    state.stream.update([.workloadSecret], revision: 0)
                }
            case .issued(let resource, let renewal):
                state.withLock { state in
                    state.certificate.signer = signer
                    state.take(resource, renewal: renewal)
                }
                logger.debug("certificate issued")
            case .elsewhere:
                state.withLock { state in
                    state.certificate.signer = signer
                    state.certificate.renewal = state.certificate.renewal ?? .distantPast
                    if state.workload == nil { state.certificate.claimed = currentVersion }
                    state.certificate.ask()
                }
                fetch()
            }
        } catch {
            let isNew = state.withLock { state in
                state.certificate.signer = signer
                if state.workload == nil { state.certificate.claimed = currentVersion }
                return state.certificate.fail(retry: now + .seconds(5))
            }
            tell("\(error)", .seconds(5), isNew)
        }
    }

    /// Asks for certificates that take time, one at a time, as long as one is wanted.
    private func fetch() {
        state.withLock { state in
            guard state.fetching.errand == nil, !state.fetching.isOver else { return }
            state.fetching.hasAsked = true
            state.fetching.errand = errands.send { [self] in await ask() }
        }
    }

    private func ask() async {
        while true {
            let (question, isOver) = state.withLock { state -> (UInt64?, Bool) in
                let question = state.fetching.isOver ? nil : state.certificate.question
                if question == nil { state.fetching.errand = nil }
                return (question, state.fetching.isOver)
            }
            if isOver { secrets.withdraw(proxy) }
            guard let question else { return }
            let answer = await secrets.fetchWorkloadSecret(for: proxy)
            if !Task.isCancelled { take(answer, to: question) }
        }
    }

    /// Nobody waits for certificates any more.
    func finishFetching() {
        let (errand, hasAsked) = state.withLock { state in
            state.fetching.isOver = true
            return (state.fetching.errand, state.fetching.hasAsked)
        }
        // Whoever asks withdraws the proxy when there is an answer.
        if let errand { errand.cancel() } else if hasAsked { secrets.withdraw(proxy) }
    }

    private func take(_ answer: FetchedWorkloadSecret, to question: UInt64) {
        switch answer {
        case .issued(let resource, let renewal):
            let isTaken = state.withLock { state in
                guard state.certificate.question == question else { return false }
                state.take(resource, renewal: renewal)
                return true
            }
            guard isTaken else { return }
            logger.debug("certificate issued")
            wake()
        case .unavailable(let wait, let reason):
            let isNew = state.withLock { state in
                guard state.certificate.question == question else { return false }
                return state.certificate.fail(retry: .now + wait)
            }
            tell(reason, wait, isNew)
        }
    }

    private func tell(_ reason: String, _ wait: Duration, _ isNew: Bool) {
        let metadata: Logger.Metadata = ["error": "\(reason)", "seconds": "\(wait.components.seconds)"]
        guard isNew else { return logger.debug("there is no certificate yet", metadata: metadata) }
        logger.error(
            "no certificate can be had; the proxy keeps what it has, and it is tried again", metadata: metadata)
    }
}

/// Who asks for certificates that take time.
struct Fetching {
    /// The work of asking; `nil` while nothing is asked.
    var errand: Errand?
    var hasAsked = false
    /// Whether the stream is over.
    var isOver = false
}

extension ProxySession.State {
    /// A new certificate is to be sent.
    fileprivate mutating func take(_ resource: Resource, renewal: Date) {
        workload = resource
        certificate.settle(renewal: renewal)
        stream.update([.workloadSecret], revision: 0)
    }
}
