package import Observability

/// How many clients a server of webhooks has, how slow they may be, and how much they may send.
package struct AdmissionLimits: Sendable {
    /// The largest body: the API server's own limit is 3 MiB an object, and a request has two.
    package var body = 8 * 1024 * 1024
    /// How many bytes of each body do not count among all.
    ///
    /// Whatever the large ones take, an ordinary review is answered. The number of connections is what limits these.
    package var uncounted = 64 * 1024
    /// The most bytes of all bodies together, without what does not count.
    package var bodies = 64 * 1024 * 1024
    /// How many connections, and how slow.
    package var connections = OpenConnections.Limits()

    /// The usual limits.
    package init() {
        // The API server has one for each request that it waits for, and waits that long at most.
        connections.count = 2000
        connections.greeting = .seconds(10)
        connections.request = .seconds(30)
        // Longer than the 90 seconds after which the API server itself closes, so that no request meets a connection
        // that is being closed.
        connections.silence = .seconds(600)
    }
}
