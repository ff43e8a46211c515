internal import MeshModel

extension ValueKey {
    private static let port: Kind = .integer(1...65_535)

    /// What the control plane and the mesh are.
    static let mesh: [ValueKey] = [
        ValueKey("osm.meshName", .text, "osm"),
        ValueKey("osm.enforceSingleMesh", .boolean, true),
        ValueKey("osm.osmNamespace", .text, ""),
        ValueKey("osm.trustDomain", .text, "cluster.local"),
        ValueKey("osm.enablePermissiveTrafficPolicy", .boolean, true, traffic("enablePermissiveTrafficPolicyMode")),
        ValueKey("osm.enableEgress", .boolean, true, traffic("enableEgress")),
        ValueKey("osm.outboundIPRangeExclusionList", .texts, [], traffic("outboundIPRangeExclusionList")),
        ValueKey("osm.outboundIPRangeInclusionList", .texts, [], traffic("outboundIPRangeInclusionList")),
        ValueKey(
            "osm.outboundPortExclusionList", .integers(1...65_535), [], traffic("outboundPortExclusionList")),
        ValueKey("osm.inboundPortExclusionList", .integers(1...65_535), [], traffic("inboundPortExclusionList")),
        ValueKey("osm.networkInterfaceExclusionList", .texts, [], traffic("networkInterfaceExclusionList")),
        ValueKey(
            "osm.enablePrivilegedInitContainer", .boolean, false, sidecar("enablePrivilegedInitContainer")),
        ValueKey(
            "osm.envoyLogLevel", .word(["trace", "debug", "info", "warning", "warn", "error", "critical", "off"]),
            "error", sidecar("logLevel")),
        ValueKey("osm.localProxyMode", .word(["Localhost", "PodIP"]), "Localhost", sidecar("localProxyMode")),
        ValueKey(
            "osm.maxDataPlaneConnections", .integer(0...Int64(Int32.max)), 0, sidecar("maxDataPlaneConnections")),
        ValueKey("osm.configResyncInterval", .text, "0s", sidecar("configResyncInterval")),
        ValueKey(
            "osm.controllerLogLevel",
            .word(["debug", "info", "warn", "error", "fatal", "panic", "disabled", "trace"]), "info",
            .meshConfig(["observability", "osmLogLevel"])),
        ValueKey(
            "osm.enableDebugServer", .boolean, false, .meshConfig(["observability", "enableDebugServer"])),
        ValueKey("osm.tracing.enable", .boolean, false, tracing("enable")),
        ValueKey("osm.tracing.address", .text, "", tracing("address")),
        ValueKey("osm.tracing.port", port, 9411, tracing("port")),
        ValueKey("osm.tracing.endpoint", .text, "/api/v2/spans", tracing("endpoint")),
        flag("enableWASMStats", true), flag("enableEgressPolicy", true), flag("enableAsyncProxyServiceMapping", false),
        flag("enableIngressBackendPolicy", true), flag("enableEnvoyActiveHealthChecks", false),
        flag("enableSnapshotCacheMode", false), flag("enableRetryPolicy", false),
        flag("enableMeshRootCertificate", false),
        ValueKey(
            "osm.featureFlags.enableSPIFFE", .boolean, false,
            .fulfilled("certificates always carry the SPIFFE identity beside the name of the original")),
        ValueKey(
            "osm.enableReconciler", .boolean, false,
            .fulfilled("the controller always keeps its webhook configurations as they have to be")),
    ]

    /// How certificates are made.
    static let certificates: [ValueKey] = [
        ValueKey("osm.certificateProvider.kind", .word(["tresor", "vault", "cert-manager"]), "tresor"),
        ValueKey(
            "osm.certificateProvider.serviceCertValidityDuration", .text, "24h",
            .meshConfig(["certificate", "serviceCertValidityDuration"])),
        ValueKey(
            "osm.certificateProvider.certKeyBitSize", .integer(2048...4096), 2048,
            .meshConfig(["certificate", "certKeyBitSize"])),
        ValueKey("osm.caBundleSecretName", .text, "osm-ca-bundle"),
        ValueKey("osm.vault.host", .text, ""),
        ValueKey("osm.vault.port", port, 8200),
        ValueKey("osm.vault.protocol", .word(["http", "https"]), "http"),
        ValueKey("osm.vault.role", .text, "openservicemesh"),
        ValueKey("osm.vault.token", .text, ""),
        ValueKey("osm.vault.secret.name", .text, ""),
        ValueKey("osm.vault.secret.key", .text, ""),
        ValueKey("osm.certmanager.issuerName", .text, "osm-ca"),
        ValueKey("osm.certmanager.issuerKind", .word(["Issuer", "ClusterIssuer"]), "Issuer"),
        ValueKey("osm.certmanager.issuerGroup", .text, "cert-manager.io"),
    ]

    private static func traffic(_ field: String) -> Use { .meshConfig(["traffic", field]) }
    private static func sidecar(_ field: String) -> Use { .meshConfig(["sidecar", field]) }
    private static func tracing(_ field: String) -> Use { .meshConfig(["observability", "tracing", field]) }

    private static func flag(_ name: String, _ initial: Bool) -> ValueKey {
        ValueKey("osm.featureFlags.\(name)", .boolean, .boolean(initial), .meshConfig(["featureFlags", name]))
    }
}
