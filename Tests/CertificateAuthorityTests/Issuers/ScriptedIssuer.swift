import CertificateAuthority
import Foundation
import Synchronization

/// An issuer elsewhere with a real root, which does what a test says.
final class ScriptedIssuer: CertificateIssuer {
    private struct State {
        var failure: IssuerFailure?
        var longest: Duration?
        var authority: CertificateAuthority
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var asked: [String] = []
        var withdrawn: [String] = []
        var requests: [LeafRequest] = []
    }

    private let state: Mutex<State>

    init(_ authority: CertificateAuthority) { state = Mutex(State(authority: authority)) }

    /// Who has asked, and who has withdrawn, in order.
    var asked: [String] { state.withLock(\.asked) }
    var withdrawn: [String] { state.withLock(\.withdrawn) }
    var requests: [LeafRequest] { state.withLock(\.requests) }

    func fail(with failure: IssuerFailure?) { state.withLock { $0.failure = failure } }
    func give(atMost validity: Duration?) { state.withLock { $0.longest = validity } }
    func replaceRoot(by authority: CertificateAuthority) { state.withLock { $0.authority = authority } }

    /// Answers nothing until ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            defer { (state.isHeld, state.held) = (false, []) }
            return state.held
        }
        for turn in held { turn.resume() }
    }

    func root() async throws(IssuerFailure) -> IssuerRoot { try IssuerRoot(state.withLock(\.authority), now: now) }

    func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        await withCheckedContinuation { turn in
            let goesOn = state.withLock { state in
                state.requests.append(request)
                if state.isHeld { state.held.append(turn) }
                return !state.isHeld
            }
            if goesOn { turn.resume() }
        }
        let (failure, longest, authority) = state.withLock { ($0.failure, $0.longest, $0.authority) }
        if let failure { throw failure }
        var request = request
        if let longest { request.validity = min(request.validity, longest) }
        return try await BuiltInIssuer(authority, now: now).issue(request, under: root, now: now)
    }

    func issue(
        _ request: LeafRequest, to name: String, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        state.withLock { $0.asked.append(name) }
        return try await issue(request, under: root, now: now)
    }

    func withdraw(_ name: String) { state.withLock { $0.withdrawn.append(name) } }
}
