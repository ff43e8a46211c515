/// How long the client waits for the server.
public struct TransportTiming: Sendable {
    /// For a connection, with its TLS handshake.
    public var connect: Duration
    /// For the next bytes of an answer that is not a watch.
    public var read: Duration
    /// For a whole answer's beginning.
    public var answer: Duration
    /// For how long the server is asked to keep a watch open, chosen at random from here, in whole seconds.
    ///
    /// Source: Kubernetes' Go client, from 5 to 10 minutes.
    public var watch: ClosedRange<Int>
    /// For how long a watch may be silent beyond the longest time that the server was asked for.
    public var watchGrace: Duration

    /// The times of a controller.
    public init(
        connect: Duration = .seconds(10), read: Duration = .seconds(30), answer: Duration = .seconds(60),
        watch: ClosedRange<Int> = 300...600, watchGrace: Duration = .seconds(30)
    ) {
        self.connect = connect
        self.read = read
        self.answer = answer
        self.watch = watch
        self.watchGrace = watchGrace
    }
}
