internal import MeshModel

extension ValueKey {
    private static let oneProgram = "osm-controller injects sidecars too, so there is no injector apart from it"
    private static let noBootstrap = "there is no osm-bootstrap: this command installs the kinds and the MeshConfig"
    private static let noJobs = "nothing runs in the cluster before or after an installation: this command does it"
    private static let noLogSidecar =
        "the controller writes JSON to its standard error, which the cluster's own collector of logs reads"
    private static let noRenderer = "no dashboard is drawn in the cluster: add a renderer to a Grafana of your own"
    private static let noContour =
        "no ingress controller is installed: install one of your own and admit it with an IngressBackend"

    /// What cannot hold, each with its reason.
    static let refused: [ValueKey] =
        [
            refusing("osm.image.name.osmInjector", .text, "osm-injector", oneProgram),
            refusing("osm.image.name.osmBootstrap", .text, "osm-bootstrap", noBootstrap),
            refusing("osm.image.name.osmCRDs", .text, "osm-crds", noJobs),
            refusing("osm.image.name.osmPreinstall", .text, "osm-preinstall", noJobs),
            refusing("osm.image.digest.osmInjector", .text, "", oneProgram),
            refusing("osm.image.digest.osmBootstrap", .text, "", noBootstrap),
            refusing("osm.image.digest.osmCRDs", .text, "", noJobs),
            refusing("osm.image.digest.osmPreinstall", .text, "", noJobs),
            refusing("osm.sidecarWindowsImage", .text, "", "pods run on Linux only"),
            refusing("osm.curlImage", .text, "", "the controller waits for nobody at its start"),
            refusing("osm.enableFluentbit", .boolean, false, noLogSidecar),
            refusing("osm.fluentBit.name", .text, "fluentbit-logger", noLogSidecar),
            refusing("osm.fluentBit.registry", .text, "fluent", noLogSidecar),
            refusing("osm.fluentBit.tag", .text, "1.6.4", noLogSidecar),
            refusing("osm.fluentBit.pullPolicy", .text, "IfNotPresent", noLogSidecar),
            refusing("osm.fluentBit.outputPlugin", .text, "stdout", noLogSidecar),
            refusing("osm.fluentBit.workspaceId", .text, "", noLogSidecar),
            refusing("osm.fluentBit.primaryKey", .text, "", noLogSidecar),
            refusing("osm.fluentBit.enableProxySupport", .boolean, false, noLogSidecar),
            refusing("osm.fluentBit.httpProxy", .text, "", noLogSidecar),
            refusing("osm.fluentBit.httpsProxy", .text, "", noLogSidecar),
            refusing("osm.grafana.enableRemoteRendering", .boolean, false, noRenderer),
            refusing("osm.grafana.rendererImage", .text, "", noRenderer),
            refusing(
                "osm.webhookConfigNamePrefix", .text, "osm-webhook",
                "the mesh finds its webhook configuration by the name osm-webhook-MESH"),
            refusing(
                "osm.validatorWebhook.webhookConfigurationName", .text, "",
                "the mesh finds its webhook configuration by the name osm-validator-mesh-MESH"),
            refusing(
                "smi.validateTrafficTarget", .boolean, true, "a TrafficTarget that cannot hold is never let in silently"
            ),
            refusing("contour", .object, [:], noContour),
            refusing("contour.enabled", .boolean, false, noContour),
        ] + scaled("osm.injector", oneProgram) + placed("osm.injector", oneProgram)
        + pods("osm.osmBootstrap", noBootstrap) + placed("osm.osmBootstrap", noBootstrap)
        + placed("osm.preinstall", noJobs) + placed("osm.cleanup", noJobs)

    private static func refusing(
        _ path: String, _ kind: Kind, _ initial: JSONContent, _ reason: String
    ) -> ValueKey { ValueKey(path, kind, initial, .refused(reason)) }

    /// The values of a program that there is not.
    private static func pods(_ name: String, _ reason: String) -> [ValueKey] {
        [
            refusing("\(name).replicaCount", .integer(0...100), 1, reason),
            refusing("\(name).podLabels", .object, [:], reason),
            refusing("\(name).resource", .object, [:], reason),
        ]
    }

    private static func scaled(_ name: String, _ reason: String) -> [ValueKey] {
        pods(name, reason) + [
            refusing("\(name).enablePodDisruptionBudget", .boolean, false, reason),
            refusing("\(name).autoScale.enable", .boolean, false, reason),
            refusing("\(name).autoScale.minReplicas", .integer(0...100), 1, reason),
            refusing("\(name).autoScale.maxReplicas", .integer(0...100), 5, reason),
            refusing("\(name).autoScale.cpu.targetAverageUtilization", .integer(0...1000), 80, reason),
            refusing("\(name).autoScale.memory.targetAverageUtilization", .integer(0...1000), 80, reason),
        ]
    }

    private static func placed(_ name: String, _ reason: String) -> [ValueKey] {
        [
            refusing("\(name).affinity", .object, [:], reason),
            refusing("\(name).tolerations", .list, [], reason),
            refusing("\(name).nodeSelector", .object, [:], reason),
        ]
    }
}
