internal import Synchronization

/// What was learned about the server.
final class ServerFeatures: Sendable {
    private let streaming = Mutex<Bool?>(nil)

    /// Whether the server sends lists as events; `nil` where that is not known yet.
    var streamsLists: Bool? {
        get { streaming.withLock { $0 } }
        set { streaming.withLock { $0 = newValue } }
    }
}
