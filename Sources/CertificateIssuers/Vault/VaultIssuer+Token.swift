internal import CertificateAuthority
internal import Logging
internal import NIOHTTP1
internal import Synchronization

extension VaultIssuer {
    /// How long the token is still valid; `nil` where that is not known, or for ever.
    public var tokenLife: Duration? {
        let end = state.withLock { $0.lease?.end }
        return end.map { $0 - ContinuousClock.now }
    }

    /// Keeps the token alive, and reads it again where it was changed, until the task is cancelled.
    ///
    /// A failure is no outage: it is logged, and the token is used as long as it lasts.
    public func run() async {
        while !Task.isCancelled {
            let isDone = await tend()
            let due = state.withLock { $0.lease?.next?.due }
            let least: Duration = isDone ? .milliseconds(10) : .seconds(1)
            let wait = min(timing.tokenReading, due.map { max($0 - ContinuousClock.now, least) } ?? timing.tokenReading)
            do { try await Task.sleep(for: wait) } catch { return }
        }
    }

    /// Does what is due.
    ///
    /// - Returns: Whether nothing failed.
    func tend() async -> Bool {
        do throws(IssuerFailure) {
            let token = try await currentToken(isRead: false)
            return await tend(token)
        } catch {
            warn(error)
            return false
        }
    }

    private func tend(_ token: VaultToken) async -> Bool {
        let now = ContinuousClock.now
        let action = state.withLock { state -> TokenLease.Action? in
            guard state.token == token, let next = state.lease?.next, next.due <= now else { return nil }
            return next.action
        }
        do throws(IssuerFailure) {
            switch action {
            case nil: break
            case .lookUp:
                let fields = try await answer(
                    VaultTokenStanding.self, to: .GET, "auth/token/lookup-self", nil, token
                ).data
                lease(of: token) { $0.answered(seconds: fields.ttl, isRenewable: fields.renewable ?? false, at: .now) }
            case .renew:
                let fields = try await answer(
                    VaultRenewal.self, to: .POST, "auth/token/renew-self", [String: String](), token
                ).auth
                lease(of: token) {
                    $0.answered(seconds: fields.seconds, isRenewable: fields.isRenewable ?? false, at: .now)
                }
            }
            if action != nil { state.withLock { $0.isWarned = false } }
            return true
        } catch {
            let isRefusal = [.denied, .configuration, .refused].contains(error.code)
            lease(of: token) { $0.failed(isRefusal: isRefusal, at: .now) }
            warn(error)
            return false
        }
    }

    private func lease(of token: VaultToken, _ change: (inout TokenLease) -> Void) {
        state.withLock { state in
            // Another token came meanwhile: this says nothing of it.
            guard state.token == token, var lease = state.lease else { return }
            change(&lease)
            state.lease = lease
        }
    }

    private func warn(_ failure: IssuerFailure) {
        let isNew = state.withLock { state in
            defer { state.isWarned = true }
            return !state.isWarned
        }
        guard isNew else { return }
        logger.warning(
            "The token of Vault cannot be read, looked up or renewed: it is used as long as it lasts.",
            metadata: ["error": "\(failure)"])
    }
}
