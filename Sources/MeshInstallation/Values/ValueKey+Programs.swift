internal import MeshModel

extension ValueKey {
    /// The greatest number of replicas that makes sense anywhere.
    private static let replicas: Kind = .integer(1...100)

    /// Which images run.
    static let images: [ValueKey] = [
        ValueKey("osm.image.registry", .text, ""),
        ValueKey("osm.image.pullPolicy", .word(["Always", "IfNotPresent", "Never"]), "IfNotPresent"),
        ValueKey("osm.image.tag", .text, "latest"),
        ValueKey("osm.image.name.osmController", .text, "osm-controller"),
        ValueKey("osm.image.name.osmSidecarInit", .text, "osm-init"),
        ValueKey("osm.image.name.osmHealthcheck", .text, "osm-healthcheck"),
        ValueKey("osm.image.digest.osmController", .text, ""),
        ValueKey("osm.image.digest.osmSidecarInit", .text, ""),
        ValueKey("osm.image.digest.osmHealthcheck", .text, ""),
        ValueKey("osm.imagePullSecrets", .list, []),
        ValueKey("osm.sidecarImage", .text, "envoyproxy/envoy:v1.40.0"),
    ]

    /// How the controller runs.
    static let controller: [ValueKey] =
        [
            ValueKey("osm.osmController.replicaCount", replicas, 2),
            ValueKey("osm.osmController.podLabels", .object, [:]),
            ValueKey("osm.osmController.enablePodDisruptionBudget", .boolean, false),
            ValueKey("osm.osmController.resource", .object, [:]),
            ValueKey("osm.osmController.autoScale.enable", .boolean, false),
            ValueKey("osm.osmController.autoScale.minReplicas", replicas, 2),
            ValueKey("osm.osmController.autoScale.maxReplicas", replicas, 5),
            ValueKey("osm.osmController.autoScale.cpu.targetAverageUtilization", .integer(1...1000), 80),
            ValueKey("osm.osmController.autoScale.memory.targetAverageUtilization", .integer(1...1000), 80),
            // Ours: the original has no views of what is called alone.
            ValueKey("osm.osmController.lazyAbove", .limit(0...1_000_000, none: "never"), 100),
            ValueKey("osm.controlPlaneTolerations", .list, []),
            ValueKey("osm.injector.webhookTimeoutSeconds", .integer(1...30), 20),
        ] + placement("osm.osmController")

    /// What may be installed beside it.
    static let addons: [ValueKey] =
        [
            ValueKey("osm.deployPrometheus", .boolean, false),
            ValueKey("osm.deployGrafana", .boolean, false),
            ValueKey("osm.deployJaeger", .boolean, false),
            ValueKey("osm.prometheus.port", .integer(1024...65_535), 7070),
            ValueKey("osm.prometheus.retention.time", .text, "15d"),
            ValueKey("osm.prometheus.image", .text, "prom/prometheus:v3.5.0"),
            ValueKey("osm.prometheus.resources", .object, [:]),
            ValueKey("osm.grafana.port", .integer(1024...65_535), 3000),
            ValueKey("osm.grafana.image", .text, "grafana/grafana:11.6.0"),
            ValueKey("osm.tracing.image", .text, "jaegertracing/all-in-one:1.62.0"),
        ] + placement("osm.prometheus") + placement("osm.grafana") + placement("osm.tracing")

    private static func placement(_ component: String) -> [ValueKey] {
        [
            ValueKey("\(component).affinity", .object, [:]),
            ValueKey("\(component).tolerations", .list, []),
            ValueKey("\(component).nodeSelector", .object, [:]),
        ]
    }
}
