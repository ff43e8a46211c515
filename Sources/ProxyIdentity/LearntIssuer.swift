internal import FoundationEssentials

/// The name of an issuer, learnt from the document in which it describes itself, such as the API server's at
/// `/.well-known/openid-configuration`.
///
/// It is fetched when it is first wanted and once it is an hour old. ``run()`` must be running, or nothing is fetched.
public final class LearntIssuer: Sendable {
    private struct Description: Decodable { let issuer: String }

    private let document: RefreshedValue<String>

    /// An issuer of unknown name.
    ///
    /// - Parameters:
    ///   - interval: The least time from the start of one request to that of the next.
    ///   - requestLimit: How long a request may take.
    ///   - lifetime: The age at which the document is fetched anew, the next time that the name is wanted.
    ///   - now: The clock.
    ///   - onFailure: Called with what a request failed of, for a log.
    ///   - fetch: The document; it should end at once when it is cancelled.
    public init(
        interval: Duration = .seconds(5), requestLimit: Duration = .seconds(5), lifetime: Duration = .seconds(3600),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in },
        fetch: @escaping @Sendable () async throws -> [UInt8]
    ) {
        document = RefreshedValue(
            limits: .init(interval: interval, request: requestLimit, lifetime: lifetime), now: now,
            onFailure: onFailure
        ) {
            let bytes = try await fetch()
            guard let description = try? JSONDecoder().decode(Description.self, from: Data(bytes)),
                !description.issuer.isEmpty
            else {
                throw ProxyIdentityError(
                    .issuersUnavailable, "the issuer's description of itself names no issuer: look at what serves it")
            }
            return description.issuer
        }
    }

    /// The name, alone in a set.
    ///
    /// - Throws: Why it is not known: what `fetch` threw, or `ProxyIdentityError` with the code `issuersUnavailable` or
    ///   `timeout`.
    public func issuers() async throws -> Set<String> { [try await document.value(refreshing: false)] }

    /// Fetches the document whenever it is wanted, until the task is cancelled; to be called once.
    public func run() async { await document.run() }
}
