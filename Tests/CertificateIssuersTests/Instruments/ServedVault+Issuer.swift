import CertificateAuthority
import Foundation
import Logging
import Synchronization
import TestInstruments

@testable import CertificateIssuers
@testable import TestVault

extension ServedVault {
    var settings: VaultSettings {
        VaultSettings(
            scheme: authoritiesPEM == nil ? .http : .https, host: "127.0.0.1", port: port, role: "mesh",
            authoritiesPEM: authoritiesPEM)
    }

    /// Makes a client of the vault, hands it to the body, and ends it.
    func withIssuer<Value>(
        token: any VaultTokenSource = FixedToken(), settings: VaultSettings? = nil,
        timing: VaultTiming = VaultTiming(), logger: Logger = LogRecorder().logger,
        _ body: (VaultIssuer) async throws -> Value
    ) async throws -> Value {
        let issuer = try VaultIssuer(
            settings ?? self.settings, token: token, probe: Sample.probe, timing: timing, logger: logger)
        let result: Result<Value, any Error>
        do { result = .success(try await body(issuer)) } catch { result = .failure(error) }
        await issuer.shutdown()
        return try result.get()
    }
}

/// A token that a test can change.
final class FixedToken: VaultTokenSource {
    private struct State {
        var answer: Result<String, IssuerFailure>
        var readings = 0
    }

    private let state: Mutex<State>

    init(_ token: String = StrictVault.token) { state = Mutex(State(answer: .success(token))) }

    var readings: Int { state.withLock { $0.readings } }

    func set(_ answer: Result<String, IssuerFailure>) { state.withLock { $0.answer = answer } }

    func token() async throws(IssuerFailure) -> VaultToken {
        let answer = state.withLock { state in
            state.readings += 1
            return state.answer
        }
        return try VaultToken(try answer.get())
    }
}
