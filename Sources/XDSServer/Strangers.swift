/// How many connections each address has on which no proxy's stream is served; pure.
///
/// A stranger may open as many connections as there are ports, and each costs until it is thrown out: the handshake of TLS
/// has 20 seconds, and who has no stream after that 60. So an address has so many at most. Many proxies may share one, behind
/// an address translation or on a node: those that are served do not count, and who finds no room comes back later.
struct Strangers {
    /// What becomes of a connection.
    enum Welcome: Equatable {
        case admitted
        /// It is closed; whether it is the first of its address since that had room the last time.
        case refused(isFirst: Bool)
    }

    /// So many an address may have: with all that TLS and HTTP/2 hold of each some 100 MB.
    static let most = 2_000

    private var counts: [String: Int] = [:]
    /// Addresses that were refused one, and have not become few since.
    private var crowded: Set<String> = []
    private let limit: Int

    /// - Parameter limit: How many an address may have.
    init(limit: Int = Self.most) { self.limit = limit }

    /// A connection comes; one that is admitted must ``leave(_:)``.
    mutating func come(_ address: String) -> Welcome {
        guard counts[address, default: 0] < limit else {
            return .refused(isFirst: crowded.insert(address).inserted)
        }
        counts[address, default: 0] += 1
        return .admitted
    }

    /// A connection that was served is not any more, and is there still.
    mutating func comeBack(_ address: String) { counts[address, default: 0] += 1 }

    /// A connection is served, or gone.
    mutating func leave(_ address: String) {
        let rest = (counts[address] ?? 0) - 1
        counts[address] = rest > 0 ? rest : nil
        if rest < limit / 2 { crowded.remove(address) }
    }

    /// How many an address has.
    func count(_ address: String) -> Int { counts[address] ?? 0 }
}
