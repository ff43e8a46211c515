internal import Synchronization

/// How many proxies may be connected; it can change while they are.
///
/// It is looked at when a proxy connects: who is connected stays.
public final class ProxyLimit: Sendable {
    private let most: Atomic<Int>

    /// A limit.
    ///
    /// - Parameter most: The greatest number of proxies; 0 for any.
    public init(_ most: Int = 0) { self.most = Atomic(most) }

    /// Sets the greatest number of proxies; 0 for any.
    public func set(_ most: Int) { self.most.store(max(0, most), ordering: .relaxed) }

    /// Whether one more proxy than these may connect.
    func admits(beside connected: Int) -> Bool {
        let most = most.load(ordering: .relaxed)
        return most == 0 || connected < most
    }
}
