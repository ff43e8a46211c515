public import FoundationEssentials
public import MeshModel
internal import Metrics
internal import Synchronization

extension WorkloadCertificates {
    /// How long is waited where nobody says for how long.
    private static let usualWait = Duration.seconds(5)

    /// Asks for a new certificate where that takes time: somebody elsewhere, or for a key of RSA.
    ///
    /// What comes after another one has begun to sign is thrown away: pods may not trust it any more.
    ///
    /// - Parameters:
    ///   - identity: Who the proxy has proved to be.
    ///   - name: What tells proxies apart, such as the pod's uid: who waits is counted by it.
    ///   - now: The time.
    public func fetch(for identity: ServiceIdentity, as name: String, now: Date) async -> Answer {
        let asked = state.withLock { state in
            if case .authority(let authority)? = state.signer, state.slow == nil {
                state.slow = SlowIssuer(authority, state.algorithm)
            }
            return state
        }
        let start = ContinuousClock.now
        do throws(IssuerFailure) {
            let (issuer, root, hasURI) = try Self.issuer(asked, now)
            let request = LeafRequest(
                identity: identity, trustDomain: asked.trustDomain, validity: asked.validity, hasURI: hasURI)
            let certificate = try await issuer.issue(request, to: name, under: root, now: now)
            let end = now.addingTimeInterval((ContinuousClock.now - start) / .seconds(1))
            return try take(certificate, of: identity, asked, start, now: end)
        } catch {
            failedCount.increment()
            return .unavailable(retryAfter: error.retryAfter ?? Self.usualWait, reason: error.message)
        }
    }

    /// A proxy does not come back: it waits no more.
    public func withdraw(_ name: String) {
        guard case .issuer(let issuer, _, _)? = state.withLock(\.signer) else { return }
        issuer.withdraw(name)
    }

    /// Where an issuer elsewhere gave its last certificate for less time than it was asked for: how long it was valid, and
    /// how long it was to be.
    public var shortened: (given: Duration, asked: Duration)? {
        state.withLock { state in state.shortened.map { ($0, state.validity) } }
    }

    private static func issuer(
        _ state: State, _ now: Date
    ) throws(IssuerFailure) -> (any CertificateIssuer, IssuerRoot, hasURI: Bool) {
        switch (state.signer, state.slow) {
        case (.issuer(let issuer, let root, let hasURI)?, _): (issuer, root, hasURI)
        case (.authority(let authority)?, let slow?): (slow, try IssuerRoot(authority, now: now), true)
        default: throw IssuerFailure(.configuration, "the root that signs cannot be had: see the controller's log")
        }
    }

    private func take(
        _ certificate: IssuedCertificate, of identity: ServiceIdentity, _ asked: State,
        _ start: ContinuousClock.Instant, now: Date
    ) throws(IssuerFailure) -> Answer {
        guard let signer = asked.signer,
            let names = try? WorkloadNames(identity, trustDomain: asked.trustDomain)
        else { throw IssuerFailure(.refused, "no workload is called \(identity)") }
        let given = Duration.seconds(certificate.notAfter.timeIntervalSince(now))
        let isCurrent = state.withLock { state in
            guard state.signer?.id == signer.id, state.trustDomain == asked.trustDomain else { return false }
            guard case .issuer = signer, state.validity == asked.validity else { return true }
            // What ends with the root could not last longer. A few seconds are the way there and back.
            let isShort =
                given < asked.validity * 0.95 - .seconds(10)
                && Int64(certificate.notAfter.timeIntervalSince1970) < signer.lastEnd
            state.shortened = isShort ? given : nil
            return true
        }
        guard isCurrent else {
            throw IssuerFailure(.wrongRoot, "another root has begun to sign meanwhile", retryAfter: .zero)
        }
        count(start)
        return .issued(
            certificate,
            version: Self.version(of: certificate, signer, names.digest(hasURI: signer.hasURI), now: now))
    }
}
