/// The keys of an issuer that serves them, such as the API server at `/openid/v1/jwks`.
///
/// They are fetched when they are first wanted, when a token names a key that is not among them, and once they are an
/// hour old. Anybody can name unknown keys, so there is one request at a time, whose answer all get who wait, and a
/// time between two: in between, an unknown key stays unknown. A request that fails changes nothing.
///
/// ``run()`` must be running, or nothing is fetched.
public final class RefreshedKeySet: TokenKeySet {
    private let document: RefreshedValue<[TokenKey]>

    /// A set that knows no keys yet.
    ///
    /// - Parameters:
    ///   - interval: The least time from the start of one request to that of the next.
    ///   - requestLimit: How long a request may take.
    ///   - lifetime: The age at which the keys are fetched anew, the next time that they are wanted.
    ///   - now: The clock.
    ///   - onFailure: Called with what a request failed of, for a log.
    ///   - fetch: The JSON Web Key Set; it should end at once when it is cancelled.
    public init(
        interval: Duration = .seconds(5), requestLimit: Duration = .seconds(5), lifetime: Duration = .seconds(3600),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in },
        fetch: @escaping @Sendable () async throws -> [UInt8]
    ) {
        document = RefreshedValue(
            limits: .init(interval: interval, request: requestLimit, lifetime: lifetime), now: now,
            onFailure: onFailure
        ) { try JSONWebKeySet(String(decoding: try await fetch(), as: UTF8.self)).keys }
    }

    /// The keys.
    ///
    /// - Parameter refreshing: Whether a token named a key that is not among those known.
    /// - Throws: Why there are none: what `fetch` threw, or `ProxyIdentityError` with the code `keySet` or `timeout`.
    public func keys(refreshing: Bool) async throws -> [TokenKey] { try await document.value(refreshing: refreshing) }

    /// Fetches the keys whenever they are wanted, until the task is cancelled; to be called once.
    public func run() async { await document.run() }
}
