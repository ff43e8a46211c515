import Foundation
import ProxyFleet

extension Stage {
    /// Has proxies connect, some at a time, and waits until all up to the last have what they ask for.
    func settle(_ numbers: Range<Int>) async throws {
        let begin = ContinuousClock.now
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 100) {
            let part = start..<min(start + 100, numbers.upperBound)
            try await fleet.connect(part)
            try await awaitSettled(part.upperBound)
            if part.upperBound % 1_000 == 0 { progress("\(part.upperBound) proxies have what they ask for") }
        }
        try await awaitQuiet(.seconds(1))
        progress("\(numbers.count) proxies connected in \(begin.seconds(to: .now)) s")
    }

    /// Waits until so many proxies have all that they ask for.
    func awaitSettled(_ count: Int, within limit: Duration = .seconds(180)) async throws {
        let end = ContinuousClock.now + limit
        while fleet.tally.totals.settled < count {
            guard ContinuousClock.now < end else {
                let examples = try await fleet.unsettled(0..<count, most: 3)
                throw BenchFailure(
                    "\(fleet.tally.totals.settled) of \(count) proxies have what they ask for after \(limit): "
                        + "\(examples); streams ended: \(fleet.tally.totals.ends)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits until nothing was sent for a while.
    func awaitQuiet(_ time: Duration, within limit: Duration = .seconds(120)) async throws {
        let end = ContinuousClock.now + limit
        while fleet.tally.totals.lastEvent + time > ContinuousClock.now {
            guard ContinuousClock.now < end else { throw BenchFailure("there is no end of what is sent to proxies") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// What came of an edit.
    struct Edited {
        /// From the renaming to the acknowledgement that each proxy sent last, in milliseconds.
        var delays: [Double] = []
        /// From the renaming to the publication in the controller, in milliseconds; its clock has whole ones.
        var published: Double?
        var evaluations = 0
        var translated = 0
        var responses = 0
        var resources = 0
        var bytes = 0
        var removed = 0

        var last: Double { delays.max() ?? 0 }
    }

    /// Replaces a file, and waits until so many proxies have acknowledged what follows, and then for quiet.
    func edit(_ name: String, _ text: String, reaching count: Int) async throws -> Edited {
        _ = try controller.log.takePublications()
        let before = fleet.tally.totals
        fleet.tally.mark()
        let (begin, wall) = try save(name, text)
        let end = begin + .seconds(60)
        while fleet.tally.totals.reached < count {
            guard ContinuousClock.now < end else {
                throw BenchFailure(
                    "\(fleet.tally.totals.reached) of \(count) proxies have acknowledged \(name) after a minute")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        try await awaitQuiet(.milliseconds(200))
        var edited = Edited()
        edited.delays = try await fleet.counts().compactMap(\.lastAcknowledgement).filter { $0 >= begin }
            .map { begin.milliseconds(to: $0) }
        let after = fleet.tally.totals
        edited.responses = after.responses - before.responses
        edited.resources = after.resources - before.resources
        edited.bytes = after.bytes - before.bytes
        edited.removed = after.removed - before.removed
        for publication in try controller.log.takePublications() {
            edited.published = edited.published ?? publication.time.timeIntervalSince(wall) * 1_000
            edited.evaluations += publication.evaluations
            edited.translated += publication.translated
        }
        return edited
    }
}
