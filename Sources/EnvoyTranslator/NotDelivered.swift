internal import EnvoyAPI
internal import SwiftProtobuf

/// How the server's proxy tells the client's that the application never got a request (semantics section 6).
///
/// The server's proxy marks its own answer where the application refused the connection; the client's retries on the
/// mark. Both route configurations remove the header: the server's from what applications send, else one could forge
/// it, the client's after the retry is decided.
enum NotDelivered {
    /// The mark.
    static let header = "x-osm-not-delivered"

    /// Marks the answers of the proxy itself to requests for which it got no connection.
    static var mark: Envoy.ResponseMapper {
        var header = Envoy.HeaderValueOption()
        header.header.key = Self.header
        header.header.value = "1"
        var mapper = Envoy.ResponseMapper()
        mapper.filter.responseFlagFilter.flags = ["UF"]
        mapper.headersToAdd = [header]
        return mapper
    }

    /// Twice more, on other endpoints, whatever the method, and only what was certainly not delivered.
    static var retry: Envoy.RetryPolicy {
        var mark = Envoy.HeaderMatcher()
        mark.name = header
        mark.presentMatch = true
        var others = Envoy.RetryPolicy.RetryHostPredicate()
        others.name = "envoy.retry_host_predicates.previous_hosts"
        others.typedConfig = Envoy.PreviousHostsPredicate().packed()
        var policy = Envoy.RetryPolicy()
        policy.retryOn = "refused-stream,connect-failure,reset-before-request,retriable-headers"
        policy.numRetries = .init(2)
        policy.retriableHeaders = [mark]
        policy.retryHostPredicate = [others]
        // How often the balancer is asked for a host that was not tried; then one that was is taken.
        policy.hostSelectionRetryMaxAttempts = 3
        return policy
    }
}
