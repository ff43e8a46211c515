internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
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

    /// The requests of a direction on standard output, in the mesh's own fields or in a format of users.
    ///
    /// Of those that the pod gets it is also told who sent them, and which policy allowed them.
    static func requests(_ direction: Observation.Direction, as format: LogFormat?) -> Envoy.AccessLog {
        if let format { return stdout(format.substitution) }
        return direction == .outbound ? outboundRequests : inboundRequests
    }

    // Made once: every listener has one.
    private static let outboundRequests = stdout(fields(of: .outbound))
    private static let inboundRequests = stdout(fields(of: .inbound))

    /// The mesh's own fields.
    static func fields(of direction: Observation.Direction) -> [String: String] {
        switch direction {
        case .outbound: requestFields
        case .inbound:
            requestFields.merging([
                "peer": "%DOWNSTREAM_PEER_URI_SAN%",
                "policy": "%DYNAMIC_METADATA(envoy.filters.http.rbac:enforced_effective_policy_id)%",
            ]) { $1 }
        }
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
        var format = Envoy.SubstitutionFormatString()
        format.jsonFormat.fields = fields.mapValues { Google_Protobuf_Value(stringValue: $0) }
        return stdout(format)
    }

    private static func stdout(_ format: Envoy.SubstitutionFormatString) -> Envoy.AccessLog {
        var stdout = Envoy.StdoutAccessLog()
        stdout.logFormat = format
        return .init("envoy.access_loggers.stdout", stdout.packed())
    }

    /// A log by the name of what writes it, and its settings.
    init(_ name: String, _ config: Google_Protobuf_Any) {
        self.init()
        self.name = name
        typedConfig = config
    }
}
