import ManifestSource
import MeshModel

/// A running source, and what it has told.
struct FollowedDirectory {
    private var splits: AsyncStream<SourceEvent<TrafficSplit>>.Iterator
    private var problems: AsyncStream<ManifestProblem>.Iterator
    private let source: ManifestDirectory

    fileprivate init(_ source: ManifestDirectory, _ problems: AsyncStream<ManifestProblem>) {
        self.source = source
        splits = source.events.trafficSplits.makeAsyncIterator()
        self.problems = problems.makeAsyncIterator()
    }

    var events: ManifestEvents { source.events }

    /// The next event of TrafficSplits, as names with the first backend's weight, `-` for a removal; `synchronized`
    /// stands for itself.
    mutating func next() async -> [String] {
        switch await splits.next(isolation: nil) {
        case .synchronized?: ["synchronized"]
        case .changes(let changes)?:
            changes.map { change in
                switch change {
                case .set(let split): "\(split.name.name)=\(split.backends.first?.weight ?? -1)"
                case .unreadable(let metadata, _): "!\(metadata.name)"
                case .remove(let name): "-\(name.name)"
                }
            }
        case nil: ["end"]
        }
    }

    mutating func nextProblem() async -> String? { await problems.next(isolation: nil)?.description }
}

/// Runs a source beside a test, and ends it after.
func follow(_ path: String, _ body: (inout FollowedDirectory) async throws -> Void) async throws {
    let (problems, sink) = AsyncStream<ManifestProblem>.makeStream()
    let source = ManifestDirectory(path: path) { sink.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await source.run() }
        var followed = FollowedDirectory(source, problems)
        do {
            try await body(&followed)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
        try await group.waitForAll()
    }
}
