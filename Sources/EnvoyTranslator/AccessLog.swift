internal import EnvoyAPI
internal import SwiftProtobuf

extension Envoy.AccessLog {
    /// The original's fields of a request.
    ///
    /// The path is the request's own: the original preferred the header `x-envoy-original-path`, which nothing here
    /// sets, so that any client could forge it.
    private static let requestFields = [
        "start_time": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(:PATH)%",
        "protocol": "%PROTOCOL%",
        "response_code": "%RESPONSE_CODE%",
        "response_code_details": "%RESPONSE_CODE_DETAILS%",
        "time_to_first_byte": "%RESPONSE_DURATION%",
        "upstream_cluster": "%UPSTREAM_CLUSTER%",
        "response_flags": "%RESPONSE_FLAGS%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
        "duration": "%DURATION%",
        "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
        "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
        "user_agent": "%REQ(USER-AGENT)%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "requested_server_name": "%REQUESTED_SERVER_NAME%",
        "authority": "%REQ(:AUTHORITY)%",
        "upstream_host": "%UPSTREAM_HOST%",
    ]

    /// What can be told of a connection that carries no request.
    private static let connectionFields = [
        "start_time": "%START_TIME%",
        "source": "%DOWNSTREAM_REMOTE_ADDRESS%",
        "original_destination": "%DOWNSTREAM_LOCAL_ADDRESS%",
        "requested_server_name": "%REQUESTED_SERVER_NAME%",
        "upstream_cluster": "%UPSTREAM_CLUSTER%",
        "upstream_host": "%UPSTREAM_HOST%",
        "response_flags": "%RESPONSE_FLAGS%",
        "response_code_details": "%RESPONSE_CODE_DETAILS%",
        "bytes_received": "%BYTES_RECEIVED%",
        "bytes_sent": "%BYTES_SENT%",
        "duration": "%DURATION%",
    ]

    /// The requests that the pod sends.
    static var outboundRequests: Envoy.AccessLog { stdout(requestFields) }

    /// The requests that the pod gets: also who sent them, and the policy that allowed them.
    static var inboundRequests: Envoy.AccessLog {
        stdout(
            requestFields.merging([
                "peer": "%DOWNSTREAM_PEER_URI_SAN%",
                "policy": "%DYNAMIC_METADATA(envoy.filters.http.rbac:enforced_effective_policy_id)%",
            ]) { $1 })
    }

    /// Connections, with the reason for what became of them.
    static func connections(_ reason: String) -> Envoy.AccessLog {
        stdout(connectionFields.merging(["reason": reason]) { $1 })
    }

    /// The connections that the pod gets: also from whom, and the policy that allowed them.
    static var inboundConnections: Envoy.AccessLog {
        stdout(
            connectionFields.merging([
                "peer": "%DOWNSTREAM_PEER_URI_SAN%",
                "policy": "%DYNAMIC_METADATA(envoy.filters.network.rbac:shadow_effective_policy_id)%",
                "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
                "transport_failure_reason": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
            ]) { $1 })
    }

    /// The connections of a listener that no filter chain takes; all others are logged by their chain.
    static func unmatchedConnections(_ reason: String) -> Envoy.AccessLog {
        var log = connections(reason)
        log.filter.responseFlagFilter.flags = ["NR"]
        return log
    }

    /// One JSON object per line.
    private static func stdout(_ fields: [String: String]) -> Envoy.AccessLog {
        var stdout = Envoy.StdoutAccessLog()
        stdout.logFormat.jsonFormat.fields = fields.mapValues { Google_Protobuf_Value(stringValue: $0) }
        var log = Envoy.AccessLog()
        log.name = "envoy.access_loggers.stdout"
        log.typedConfig = stdout.packed()
        return log
    }
}
