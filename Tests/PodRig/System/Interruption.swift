import Foundation
import Synchronization

/// Whether somebody asked the rig to end, by Ctrl-C or a signal.
///
/// The signal only leaves a mark. Whoever waits looks at it and throws, so that everything is cleaned up on the same
/// way out as after an error.
enum Interruption {
    private static let mark = Atomic<Bool>(false)

    /// Whether the mark is there.
    static var isRequested: Bool { mark.load(ordering: .relaxed) }

    /// Leaves a mark at SIGINT, SIGTERM and SIGHUP from now on, also at repeated ones.
    static func watch() {
        // Initialized here, since a signal handler must not do it.
        _ = isRequested
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.mark.store(true, ordering: .relaxed) }
        }
    }

    /// - Throws: `RigError` with the code `interrupted` if the mark is there.
    static func check() throws {
        if isRequested { throw RigError(.interrupted, "asked to end") }
    }
}
