/// Every metric of the controller: the one place where their names, kinds and labels are decided.
///
/// Who records one makes its instrument by the name that stands here; a name, kind or label that is not here shows in
/// ``PrometheusRegistry/irregularities``. Names of the original are kept where they still mean something, without the
/// labels whose values are without number (the uid of each proxy). These of its names are gone:
/// `osm_k8s_api_event_count`, which `osm_kubernetes_watch_events_total` tells with less labels,
/// `osm_error_err_code_count`, since errors here have words and no numbers, and what counted its broadcasts, its limit of
/// connections and its reconciliation of webhooks, since there are none.
public enum MetricCatalogue {
    /// All of them.
    public static let descriptions: [MetricDescription] =
        input + compilation + proxies + certificates + cluster + admission + process

    /// What arrives from the API server or a directory of manifests.
    static let input = [
        MetricDescription(
            "osm_kubernetes_requests_total", .counter,
            help: "Answers of the API server; the code is 0 where none came.", labels: ["verb", "code"],
            recorded: "KubernetesClient, when a request ends"),
        MetricDescription(
            "osm_kubernetes_watch_events_total", .counter, help: "Events of watches.", labels: ["kind", "type"],
            recorded: "KubernetesClient, when a watch hears them"),
        MetricDescription(
            "osm_kubernetes_watch_restarts_total", .counter, help: "Ends of watches that go on.",
            labels: ["kind", "reason"], recorded: "KubernetesClient, when a watch begins anew"),
        MetricDescription(
            "osm_kubernetes_watch_synchronized", .gauge,
            help: "Whether every object of a kind was told once: 1, else 0.", labels: ["kind"],
            recorded: "KubernetesClient, when a list ends"),
        MetricDescription(
            "osm_kubernetes_watch_objects", .gauge, help: "Objects of a kind that are known.", labels: ["kind"],
            recorded: "KubernetesClient, after each list and event"),
        MetricDescription(
            "osm_kubernetes_objects_unreadable_total", .counter,
            help: "Objects that could not be decoded and are left out.", labels: ["kind"],
            recorded: "KubernetesClient, when an object is decoded"),
        MetricDescription(
            "osm_reconcile_changes_total", .counter, help: "Changes of objects, also from a directory of manifests.",
            labels: ["kind"], recorded: "Reconcilers, when a change is put into the queue"),
        MetricDescription(
            "osm_events_queued", .gauge, help: "Objects whose change waits to be compiled.",
            recorded: "osm-controller, read from the ChangeQueue when scraped"),
        MetricDescription(
            "osm_resource_namespace_count", .gauge, help: "Namespaces of the mesh.",
            recorded: "osm-controller, read from the WorkloadDirectory when scraped"),
    ]

    /// What is made of it.
    static let compilation = [
        MetricDescription(
            "osm_compile_batches_total", .counter, help: "Batches of changes that were compiled.",
            recorded: "ControlLoop, after a batch was published"),
        MetricDescription(
            "osm_compile_evaluations_total", .counter,
            help: "Queries that were evaluated, again or for the first time.",
            recorded: "ControlLoop, after a batch was published"),
        MetricDescription(
            "osm_compile_resources_total", .counter, help: "Envoy resources that were translated.",
            recorded: "ControlLoop, after a batch was published"),
        MetricDescription(
            "osm_compile_duration_seconds", .histogram,
            help: "Time from taking a batch of changes to its publication in the cache.",
            buckets: [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
            recorded: "ControlLoop, after a batch was published"),
        MetricDescription(
            "osm_feature_flag_enabled", .gauge, help: "Whether a feature flag of the MeshConfig is set: 1, else 0.",
            labels: ["feature_flag"], recorded: "ControlLoop, when a MeshConfig takes effect"),
    ]

    /// What proxies ask and get.
    static let proxies = [
        MetricDescription(
            "osm_proxy_connect_count", .gauge,
            help: "Proxies that are connected, each once however many streams it has.",
            recorded: "XDSServer, when a stream begins or ends"),
        MetricDescription(
            "osm_xds_streams", .gauge, help: "Streams of proxies that are open.",
            recorded: "XDSServer, when a stream begins or ends"),
        MetricDescription(
            "osm_xds_streams_refused_total", .counter,
            help:
                "Streams that were refused: authentication, mesh (the pod is not in it), streams (too many), limit "
                + "(maxDataPlaneConnections), stopping.",
            labels: ["reason"], recorded: "XDSServer, when a stream is refused"),
        MetricDescription(
            "osm_xds_connections_refused_total", .counter,
            help:
                "Connections that were closed at once, since their address had too many on which no proxy's stream was "
                + "served.",
            recorded: "XDSServer, when a connection is accepted"),
        MetricDescription(
            "osm_proxy_max_connections_rejected", .counter,
            help: "Streams that were refused because maxDataPlaneConnections proxies were connected.",
            recorded: "XDSServer, when a stream is refused"),
        MetricDescription(
            "osm_proxy_xds_request_count", .counter, help: "Requests of proxies, acknowledgements included.",
            labels: ["type"], recorded: "XDSServer, when a request was parsed"),
        MetricDescription(
            "osm_proxy_response_send_success_count", .counter, help: "Responses that were sent to proxies.",
            labels: ["type"], recorded: "XDSServer, when a response was handed to the connection"),
        MetricDescription(
            "osm_proxy_response_send_error_count", .counter,
            help: "Responses that could not be sent since the stream had ended.", labels: ["type"],
            recorded: "XDSServer, when a response could not be handed to the connection"),
        MetricDescription(
            "osm_xds_sent_bytes_total", .counter, help: "Size of the responses that were sent, before TLS.",
            labels: ["type"], recorded: "XDSServer, when a response was handed to the connection"),
        MetricDescription(
            "osm_xds_sent_resources_total", .counter, help: "Resources in the responses that were sent.",
            labels: ["type"], recorded: "XDSServer, when a response was handed to the connection"),
        MetricDescription(
            "osm_xds_acks_total", .counter, help: "Responses that proxies acknowledged.", labels: ["type"],
            recorded: "XDSServer, when a request acknowledges"),
        MetricDescription(
            "osm_xds_nacks_total", .counter, help: "Responses that proxies refused.", labels: ["type"],
            recorded: "XDSServer, when a request refuses"),
        MetricDescription(
            "osm_xds_quarantined_total", .counter,
            help: "Resources that a proxy refused and that it is not sent again until they change.", labels: ["type"],
            recorded: "XDSServer, when the refused resource is found"),
        MetricDescription(
            "osm_proxy_config_update_time", .histogram,
            help: "Seconds from sending a response to a proxy's acknowledgement of it.",
            labels: ["resource_type", "success"],
            buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90],
            recorded: "XDSServer, when a request acknowledges"),
    ]

    /// What proves who a workload is.
    static let certificates = [
        MetricDescription(
            "osm_cert_issued_count", .counter, help: "Certificates that were issued to proxies.",
            recorded: "CertificateAuthority, when one was issued"),
        MetricDescription(
            "osm_cert_issued_time", .histogram, help: "Seconds that it took to make a key and issue a certificate.",
            buckets: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
            recorded: "CertificateAuthority, when one was issued"),
        MetricDescription(
            "osm_cert_failed_total", .counter, help: "Certificates that could not be issued.",
            recorded: "CertificateAuthority, when one was not issued"),
        MetricDescription(
            "osm_cert_expiry_seconds", .gauge,
            help:
                "Seconds until a certificate ends, by kind: root (of the mesh), control-plane (its own root), gateway (of "
                + "the ingress gateway, told by the leader); negative after that.",
            labels: ["kind", "name", "id"], recorded: "osm-controller, read from what is trusted when scraped"),
        MetricDescription(
            "osm_proxy_cert_expiry_seconds", .gauge,
            help: "Seconds until the first certificate of a proxy ends, of those that are connected to this replica.",
            recorded: "osm-controller, read from the cache when scraped"),
        MetricDescription(
            "osm_trust_epoch", .gauge, help: "The last change of what pods trust that is in effect on this replica.",
            recorded: "osm-controller, read from what is trusted when scraped"),
        MetricDescription(
            "osm_trust_waiting_pods", .gauge, help: "Pods that a rotation waits for, told by the leader.",
            recorded: "osm-controller, read from what is trusted when scraped"),
        MetricDescription(
            "osm_issuer_up", .gauge,
            help: "Whether the issuer that signs answers this replica: 1, else 0; 1 where the controller signs itself.",
            recorded: "osm-controller, read from the issuer's gate when scraped"),
        MetricDescription(
            "osm_cert_waiting_proxies", .gauge,
            help: "Proxies of this replica that want a certificate of an issuer elsewhere and do not have it yet.",
            recorded: "osm-controller, read from the issuer's gate when scraped"),
    ]

    /// What the leader writes into the cluster.
    static let cluster = [
        MetricDescription(
            "osm_kubernetes_leader", .gauge, help: "Whether this replica holds the Lease: 1, else 0.",
            labels: ["lease"],
            recorded: "KubernetesClient, when the leadership comes or goes"),
        MetricDescription(
            "osm_status_writes_total", .counter, help: "Writes of statuses: written, gone (no such object), failed.",
            labels: ["kind", "outcome"], recorded: "OwnedObjects, when a write ends"),
        MetricDescription(
            "osm_events_dropped_total", .counter, help: "Kubernetes events that were not written.", labels: ["reason"],
            recorded: "OwnedObjects, when one is not written"),
    ]

    /// What the process says of itself.
    static let process = [
        MetricDescription(
            "osm_version_info", .gauge, help: "The build of the program, in the labels; always 1.",
            labels: ["version", "build_date", "git_commit"], recorded: "Observability, at the start"),
        MetricDescription(
            "osm_http_response_total", .counter,
            help: "Answers over HTTP; method and path are empty where they are none that is served.",
            labels: ["code", "method", "path"],
            recorded: "Observability and AdmissionServer, when a request was answered"),
        MetricDescription(
            "osm_http_response_duration", .histogram, help: "Seconds that an answer over HTTP took.",
            labels: ["code", "method", "path"],
            recorded: "Observability and AdmissionServer, when a request was answered"),
    ]

    /// What the API server asks before it stores an object.
    static let admission = [
        MetricDescription(
            "osm_admission_webhook_response_total", .counter,
            help: "Objects that webhooks admitted or refused; the kind is empty where it is none of the mesh's.",
            labels: ["kind", "success"], recorded: "AdmissionServer, when a review was answered")
    ]
}
