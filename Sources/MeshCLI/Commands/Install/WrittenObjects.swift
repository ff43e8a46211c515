internal import MeshInstallation
internal import Synchronization

/// What a run has written so far, by which it can be undone.
final class WrittenObjects: Sendable {
    private struct State {
        var made: [InstallationObject.Reference] = []
        var changed: [InstallationObject.Reference] = []
    }

    private let state = Mutex(State())

    /// The objects that did not exist before, in the order in which they were made.
    var made: [InstallationObject.Reference] { state.withLock(\.made) }
    /// The objects that existed before, in the order in which they were applied.
    var changed: [InstallationObject.Reference] { state.withLock(\.changed) }

    /// An object was made.
    func add(made reference: InstallationObject.Reference) { state.withLock { $0.made.append(reference) } }

    /// An object that was there was applied.
    func add(changed reference: InstallationObject.Reference) { state.withLock { $0.changed.append(reference) } }
}
