/// To whom the former chain is shown: addresses from which somebody refused the current one, a while at a time.
///
/// Several proxies may share an address, and one of them may refuse what the others take. So the current chain has its turn
/// again, twice as long, before the former one has another.
struct ChainTurns {
    /// How long the former chain is shown to an address.
    static let former = Duration.seconds(10)
    /// How long the current one is shown after that, whatever happens.
    static let current = Duration.seconds(20)
    /// So many addresses are remembered at most; who comes then waits for a place.
    static let limit = 20_000

    private var begins: [String: ContinuousClock.Instant] = [:]

    /// Whether an address is shown the former chain.
    func showsFormer(to address: String, at now: ContinuousClock.Instant) -> Bool {
        begins[address].map { now < $0 + Self.former } ?? false
    }

    /// Somebody at an address refused the current chain.
    mutating func refused(at address: String, _ now: ContinuousClock.Instant) {
        if let begin = begins[address], now < begin + Self.former + Self.current { return }
        if begins.count >= Self.limit { begins = begins.filter { now < $0.value + Self.former + Self.current } }
        guard begins.count < Self.limit else { return }
        begins[address] = now
    }

    /// Forgets everything: there is no former chain any more.
    mutating func clear() { begins = [:] }
}
