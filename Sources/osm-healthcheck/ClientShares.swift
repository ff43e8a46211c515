import Synchronization

/// How many requests of each client are being answered: whoever asks too much takes nothing from others.
///
/// All of the cluster reaches a pod's ports, and the kubelet shall have its answers whatever others do.
final class ClientShares: Sendable {
    private let limit: Int
    private let counts = Mutex<[String: Int]>([:])

    /// - Parameter limit: The most requests of one address at a time.
    init(limit: Int) { self.limit = limit }

    /// How many are being answered at this moment, of all clients.
    var total: Int { counts.withLock { $0.values.reduce(0, +) } }

    /// Takes up a request; returns whether its address may have one more.
    func begin(_ address: String) -> Bool {
        counts.withLock { counts in
            guard counts[address, default: 0] < limit else { return false }
            counts[address, default: 0] += 1
            return true
        }
    }

    /// Notes that a request that was taken up is over.
    func end(_ address: String) {
        counts.withLock { counts in
            let rest = counts[address, default: 0] - 1
            counts[address] = rest > 0 ? rest : nil
        }
    }
}
