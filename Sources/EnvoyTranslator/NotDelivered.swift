internal import EnvoyAPI
internal import MeshPolicy
internal import SwiftProtobuf

/// How the server's proxy tells the client's that the application never got a request (semantics section 6).
///
/// The server's proxy marks its own answer where the application refused the connection; the client's retries on the
/// mark. Both route configurations remove the header: the server's from what applications send, else one could forge
/// it, the client's after the retry is decided.
enum NotDelivered {
    /// The mark.
    static let header = "x-osm-not-delivered"
    /// When a request was certainly not delivered, in Envoy's words.
    static let conditions = ["refused-stream", "connect-failure", "reset-before-request", "retriable-headers"]
    /// How often such a request is tried again.
    static let attempts: UInt32 = 2

    /// Marks the answers of the proxy itself to requests for which it got no connection.
    static let mark: Envoy.ResponseMapper = {
        var header = Envoy.HeaderValueOption()
        header.header.key = Self.header
        header.header.value = "1"
        var mapper = Envoy.ResponseMapper()
        mapper.filter.responseFlagFilter.flags = ["UF"]
        mapper.headersToAdd = [header]
        return mapper
    }()

    /// Twice more, on other endpoints, whatever the method, and only what was certainly not delivered; with it what a
    /// user asked for.
    ///
    /// Envoy has one number of retries for all conditions: the user's holds for both, so that nothing is tried more often
    /// than was asked for. A user who asks for none gets none: those conditions are left out, and ours keep their number.
    static func retry(beside asked: RequestRetry?) -> Envoy.RetryPolicy {
        var mark = Envoy.HeaderMatcher()
        mark.name = header
        mark.presentMatch = true
        var others = Envoy.RetryPolicy.RetryHostPredicate()
        others.name = "envoy.retry_host_predicates.previous_hosts"
        others.typedConfig = Envoy.PreviousHostsPredicate().packed()
        var policy = Envoy.RetryPolicy()
        let wanted = asked.map { $0.attempts > 0 ? $0.conditions : [] } ?? []
        policy.retryOn = (conditions + wanted.filter { !conditions.contains($0) }).joined(separator: ",")
        policy.numRetries = .init(wanted.isEmpty ? attempts : asked?.attempts ?? attempts)
        policy.retriableHeaders = [mark]
        policy.retryHostPredicate = [others]
        // How often the balancer is asked for a host that was not tried; then one that was is taken.
        policy.hostSelectionRetryMaxAttempts = 3
        if !wanted.isEmpty { policy.retriableStatusCodes = asked?.statusCodes ?? [] }
        if let timeout = asked?.perTryTimeout { policy.perTryTimeout = .init(timeout) }
        if let pause = asked?.pause {
            // Envoy counts in milliseconds, and refuses a pause of none.
            policy.retryBackOff.baseInterval = .init(max(pause, .milliseconds(1)))
        }
        return policy
    }
}
