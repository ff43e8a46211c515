internal import FoundationEssentials
internal import MeshModel
internal import Synchronization

/// Has the credential at hand, and gets a new one when it is due.
///
/// A token file is read again once a minute; a plugin runs again shortly before what it gave out ends. However many
/// requests wait, one at a time renews.
final class CredentialSource: Sendable {
    /// What is at hand, and who gets the next.
    struct State {
        var current: IssuedCredential?
        /// When a file is read again; `nil` where there is no file.
        var due: ContinuousClock.Instant?
        var isRenewing = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// What a request does about its credential.
    enum Turn: Equatable {
        /// Take this one.
        case has(IssuedCredential)
        /// Get a new one, for all.
        case renew
        /// Wait for who gets a new one.
        case wait
    }

    /// How long a token that was read from a file is used.
    ///
    /// Source: Kubernetes' Go client; the file is replaced long before its token ends.
    static let fileLifetime = Duration.seconds(60)
    /// How long before its end a plugin's credential is no longer used.
    static let expiryMargin: Int64 = 10

    private let access: ClusterAccess
    private let state = Mutex(State())

    init(_ access: ClusterAccess) { self.access = access }

    /// The credential for the next request.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    func credential() async throws -> IssuedCredential {
        switch access.credential {
        case .none: return IssuedCredential()
        case .token(let token): return IssuedCredential(token: token)
        case .tokenFile, .plugin: break
        }
        while true {
            switch state.withLock({ $0.turn(now: .now, date: Self.now) }) {
            case .has(let credential): return credential
            case .renew: return try await renew()
            case .wait:
                await withCheckedContinuation { continuation in
                    let isOver = state.withLock { state in
                        guard state.isRenewing else { return true }
                        state.waiters.append(continuation)
                        return false
                    }
                    if isOver { continuation.resume() }
                }
            }
        }
    }

    /// The server refuses a credential: it is not used any more, unless another took its place already.
    func refused(_ credential: IssuedCredential) {
        state.withLock { if $0.current == credential { $0.current = nil } }
    }

    private func renew() async throws -> IssuedCredential {
        let result: Result<IssuedCredential, any Error>
        do {
            result = .success(try await issued())
        } catch {
            result = .failure(error)
        }
        let (waiters, old) = state.withLock { state in
            state.isRenewing = false
            let old = state.current
            if case .success(let credential) = result { state.current = credential }
            if case .tokenFile = access.credential { state.due = .now + Self.fileLifetime }
            defer { state.waiters = [] }
            return (state.waiters, old)
        }
        for waiter in waiters { waiter.resume() }
        // A file that cannot be read now leaves its token in use.
        if case .failure = result, case .tokenFile = access.credential, let old { return old }
        return try result.get()
    }

    private func issued() async throws -> IssuedCredential {
        switch access.credential {
        case .none: IssuedCredential()
        case .token(let token): IssuedCredential(token: token)
        case .tokenFile(let path):
            IssuedCredential(token: try TextFile.read(path, "the token").trimmingWhitespace)
        case .plugin(let plugin): try await plugin.credential(for: access)
        }
    }

    private static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
}

extension CredentialSource.State {
    /// What a request does: take what is there, renew it, or wait for who renews it.
    mutating func turn(now: ContinuousClock.Instant, date: Timestamp) -> CredentialSource.Turn {
        if let current {
            if let expiry = current.expiry {
                if date.seconds < expiry.seconds - CredentialSource.expiryMargin { return .has(current) }
            } else if due.map({ now < $0 }) ?? true {
                return .has(current)
            }
        }
        guard !isRenewing else { return .wait }
        isRenewing = true
        return .renew
    }
}
