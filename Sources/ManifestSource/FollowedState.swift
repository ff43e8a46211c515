internal import MeshModel
internal import Synchronization

/// What a followed directory amounts to now, for those who ask where an object stands.
final class FollowedState: Sendable {
    private let state: Mutex<DirectoryState>

    init(path: String) { state = Mutex(DirectoryState(path: path)) }

    /// Takes a reading.
    func apply(_ reading: DirectoryReading) -> DirectoryState.Outcome { state.withLock { $0.apply(reading) } }

    /// Whether everything could be read.
    var isWhole: Bool { state.withLock { $0.isWhole } }

    /// Where a field of an object stands.
    func location(of key: ObjectKey, path: String) -> ManifestLocation? {
        state.withLock { $0.set.location(of: key, path: path) }
    }
}
