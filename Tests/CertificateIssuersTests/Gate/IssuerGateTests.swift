import CertificateIssuers
import TestInstruments
import Testing

@Suite("The gate of an issuer")
struct IssuerGateTests {
    /// A gate with a clock that a test moves.
    private struct Clocked {
        var gate: IssuerGate<Int>
        var now = ContinuousClock.now
        var generator = SeededGenerator(seed: 7)

        init(limit: Int = 32) { gate = IssuerGate(limit: limit) }

        mutating func ask(_ waiter: Int) -> IssuerGate<Int>.Admission { gate.ask(waiter, at: now) }

        mutating func end(_ waiter: Int, _ outcome: IssuerGate<Int>.Outcome) -> IssuerGate<Int>.Release {
            gate.end(waiter, outcome, at: now, using: &generator)
        }

        mutating func withdraw(_ waiter: Int) -> IssuerGate<Int>.Release { gate.withdraw(waiter, at: now) }

        var waiting: Int { gate.waiting(at: now) }

        /// Fails once more, as a probe, and returns the wait.
        mutating func fail() throws -> Duration {
            #expect(ask(0) == .proceed)
            let wait = try #require(end(0, .failed(retryAfter: nil)).retryAfter)
            now += wait
            return wait
        }
    }

    @Test("lets so many questions through at once, and the others in their order as those end")
    func limit() {
        var clocked = Clocked(limit: 3)
        for waiter in 0..<3 { #expect(clocked.ask(waiter) == .proceed) }
        for waiter in 3..<6 { #expect(clocked.ask(waiter) == .queued) }
        #expect(clocked.gate.questions == 3)
        #expect(clocked.waiting == 6)
        #expect(clocked.end(1, .issued).proceeding == [3])
        #expect(clocked.withdraw(4).proceeding == [])
        #expect(clocked.end(0, .refused).proceeding == [5])
        #expect(clocked.end(2, .issued).proceeding == [])
        #expect(clocked.gate.questions == 2)
    }

    @Test("takes a second question of one waiter for later, and an end that nobody waits for as nothing")
    func twice() {
        var clocked = Clocked(limit: 1)
        #expect(clocked.ask(1) == .proceed)
        #expect(clocked.ask(1) == .later(.seconds(1)))
        #expect(clocked.ask(2) == .queued)
        #expect(clocked.ask(2) == .later(.seconds(1)))
        #expect(clocked.end(9, .issued) == .init())
        #expect(clocked.gate.questions == 1)
        #expect(clocked.waiting == 2)
    }

    @Test("is closed for a time that doubles with each failure, from a second to a minute, give or take a quarter")
    func backoff() throws {
        var clocked = Clocked()
        for due in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = try clocked.fail() / .seconds(1)
            #expect(wait >= Double(due) * 0.75 && wait <= Double(due) * 1.25, "\(wait) of \(due)")
        }
        #expect(clocked.gate.failuresInARow == 9)
        #expect(clocked.ask(1) == .proceed)
        _ = clocked.end(1, .issued)
        #expect(clocked.gate.isUp)
        #expect(try clocked.fail() <= .milliseconds(1250))
        // No two controllers have the same times.
        let waits = try (0..<20).map { seed -> Duration in
            var other = Clocked()
            other.generator = SeededGenerator(seed: UInt64(seed))
            return try other.fail()
        }
        #expect(Set(waits).count > 15)
    }

    @Test("lets one question out after a failure, and the others when that has gone well")
    func probe() throws {
        var clocked = Clocked()
        _ = try clocked.fail()
        #expect(clocked.ask(1) == .proceed)
        for waiter in 2...50 { #expect(clocked.ask(waiter) == .queued) }
        #expect(clocked.gate.questions == 1)
        #expect(clocked.end(1, .issued).proceeding == Array(2...33))
        #expect(clocked.gate.questions == 32)
    }

    @Test("turns all away that are in line when the one question fails, to come back at the same time")
    func failedProbe() throws {
        var clocked = Clocked()
        _ = try clocked.fail()
        #expect(clocked.ask(1) == .proceed)
        #expect(clocked.ask(2) == .queued)
        #expect(clocked.ask(3) == .queued)
        let release = clocked.end(1, .failed(retryAfter: nil))
        #expect(release.turnedAway == [2, 3])
        #expect(release.proceeding == [])
        let wait = try #require(release.retryAfter)
        #expect(clocked.ask(4) == .later(wait))
        #expect(clocked.gate.opening(at: clocked.now) == clocked.now + wait)
        #expect(clocked.waiting == 5)
        clocked.now += wait
        #expect(clocked.gate.opening(at: clocked.now) == nil)
        #expect(clocked.ask(3) == .proceed)
        #expect(clocked.ask(1) == .queued)
    }

    @Test("counts what fails together once")
    func together() throws {
        var clocked = Clocked()
        for waiter in 0..<10 { #expect(clocked.ask(waiter) == .proceed) }
        let first = try #require(clocked.end(0, .failed(retryAfter: nil)).retryAfter)
        for waiter in 1..<9 { #expect(clocked.end(waiter, .failed(retryAfter: nil)).retryAfter == first) }
        #expect(clocked.gate.failuresInARow == 1)
        // One that went well all the same shows that the issuer works.
        _ = clocked.end(9, .issued)
        #expect(clocked.gate.isUp)
        #expect(clocked.ask(0) == .proceed)
    }

    @Test("does not close for what is refused to one, who is told to come back later and later")
    func refused() throws {
        var clocked = Clocked()
        for due in [1, 2, 4, 8] {
            #expect(clocked.ask(1) == .proceed)
            let wait = try #require(clocked.end(1, .refused).retryAfter) / .seconds(1)
            #expect(wait >= Double(due) * 0.75 && wait <= Double(due) * 1.25, "\(wait) of \(due)")
            #expect(clocked.gate.isUp)
            #expect(clocked.ask(2) == .proceed)
            #expect(clocked.end(2, .issued).retryAfter == nil)
            #expect(clocked.waiting == 1)
        }
        // A refusal is an answer: the issuer is back.
        _ = try clocked.fail()
        #expect(clocked.ask(3) == .proceed)
        #expect(clocked.ask(4) == .queued)
        #expect(clocked.end(3, .refused).proceeding == [4])
    }

    @Test("leaves the issuer alone for as long as it asks, if that is longer, but not for ever")
    func retryAfter() {
        var clocked = Clocked()
        for (asked, range) in [
            (Duration.seconds(40), Duration.seconds(40)...Duration.seconds(40)),
            (.zero, .milliseconds(1500)...(.milliseconds(2500))), (.seconds(86_400), .seconds(600)...(.seconds(600))),
        ] {
            #expect(clocked.ask(1) == .proceed)
            let wait = clocked.end(1, .failed(retryAfter: asked)).retryAfter ?? .zero
            #expect(range.contains(wait), "\(wait)")
            clocked.now += wait
        }
    }

    @Test("goes on where the one question is withdrawn")
    func withdrawnProbe() throws {
        var clocked = Clocked()
        _ = try clocked.fail()
        #expect(clocked.ask(1) == .proceed)
        #expect(clocked.ask(2) == .queued)
        #expect(clocked.withdraw(1).proceeding == [2])
        #expect(!clocked.gate.isUp)
        #expect(clocked.end(1, .issued) == .init())
        #expect(!clocked.gate.isUp)
    }

    @Test("counts who was turned away until it comes back, is withdrawn, or has stayed away for long")
    func waiting() throws {
        var clocked = Clocked()
        #expect(clocked.ask(1) == .proceed)
        let wait = try #require(clocked.end(1, .failed(retryAfter: nil)).retryAfter)
        for waiter in 2...4 { #expect(clocked.ask(waiter) == .later(wait)) }
        #expect(clocked.waiting == 4)
        #expect(clocked.withdraw(2).proceeding == [])
        #expect(clocked.waiting == 3)
        clocked.now += wait + .seconds(29)
        #expect(clocked.ask(3) == .proceed)
        #expect(clocked.waiting == 3)
        clocked.now += .seconds(2)
        #expect(clocked.waiting == 1)
    }

    @Test("admits nobody twice and forgets nobody, whatever happens in whatever order", arguments: 0..<100)
    func random(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var clocked = Clocked(limit: 4)
        // The model: who was told what.
        var asking: Set<Int> = []
        var queued: Set<Int> = []
        func take(_ release: IssuerGate<Int>.Release) {
            for waiter in release.proceeding {
                #expect(queued.remove(waiter) != nil)
                #expect(asking.insert(waiter).inserted)
            }
            for waiter in release.turnedAway { #expect(queued.remove(waiter) != nil) }
        }
        for _ in 0..<400 {
            let waiter = Int.random(in: 0..<12, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                switch clocked.ask(waiter) {
                case .proceed: #expect(asking.insert(waiter).inserted && !queued.contains(waiter))
                case .queued: #expect(queued.insert(waiter).inserted && !asking.contains(waiter))
                case .later(let wait): #expect(wait > .zero && wait <= .seconds(75))
                }
            case 5..<8:
                guard let ended = asking.sorted().randomElement(using: &random) else { break }
                asking.remove(ended)
                let outcomes: [IssuerGate<Int>.Outcome] = [.issued, .issued, .refused, .failed(retryAfter: nil)]
                take(clocked.end(ended, try #require(outcomes.randomElement(using: &random))))
            case 8:
                asking.remove(waiter)
                queued.remove(waiter)
                take(clocked.withdraw(waiter))
            default: clocked.now += .milliseconds(Int.random(in: 0...3000, using: &random))
            }
            #expect(clocked.gate.questions == asking.count)
            #expect(asking.count <= 4)
            // Nobody stands in line while nobody asks.
            #expect(queued.isEmpty || !asking.isEmpty)
            #expect(clocked.waiting >= asking.count + queued.count)
        }
    }
}
