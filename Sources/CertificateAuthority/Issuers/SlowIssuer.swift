internal import FoundationEssentials
internal import Synchronization

/// Issues with a root that the controller holds and keys that take long to make, one after the other.
///
/// So they keep one thread at most from the rest of the controller. Who does not wait any more leaves the line at once.
final class SlowIssuer: CertificateIssuer {
    private struct Line {
        var isBusy = false
        var waiting: [(id: UInt64, turn: CheckedContinuation<Bool, Never>)] = []
        var last: UInt64 = 0
    }

    private let authority: CertificateAuthority
    private let algorithm: KeyAlgorithm
    private let line = Mutex(Line())

    init(_ authority: CertificateAuthority, _ algorithm: KeyAlgorithm) {
        self.authority = authority
        self.algorithm = algorithm
    }

    func root() async throws(IssuerFailure) -> IssuerRoot { try IssuerRoot(authority, now: Date()) }

    func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        let asked = ContinuousClock.now
        guard await enter() else { throw IssuerFailure(.unreachable, "the question was withdrawn") }
        defer { leave() }
        do {
            return try authority.issue(
                request, algorithm: algorithm,
                now: now.addingTimeInterval((ContinuousClock.now - asked) / .seconds(1)))
        } catch let error as CertificateAuthorityError {
            throw IssuerFailure(error.code == .validity ? .unusableRoot : .refused, error.message)
        } catch {
            throw IssuerFailure(.refused, "\(error)")
        }
    }

    /// Waits for its turn.
    ///
    /// - Returns: Whether it has it; `false` if the task is cancelled.
    private func enter() async -> Bool {
        let id = line.withLock { line in
            line.last += 1
            return line.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let answer: Bool? = line.withLock { line in
                    if Task.isCancelled { return false }
                    if line.isBusy {
                        line.waiting.append((id, turn))
                        return nil
                    }
                    line.isBusy = true
                    return true
                }
                if let answer { turn.resume(returning: answer) }
            }
        } onCancel: {
            let turn = line.withLock { line in
                line.waiting.firstIndex { $0.id == id }.map { line.waiting.remove(at: $0).turn }
            }
            turn?.resume(returning: false)
        }
    }

    private func leave() {
        let next = line.withLock { line in
            line.isBusy = !line.waiting.isEmpty
            return line.isBusy ? line.waiting.removeFirst().turn : nil
        }
        next?.resume(returning: true)
    }
}
