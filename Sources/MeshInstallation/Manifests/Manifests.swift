/// The manifests of `config` and `crds`, each the very file: the package embeds what the links beside this file lead to.
enum Manifests {
    typealias Files = PackageResources

    /// One per kind.
    static var kinds: [ManifestText] {
        [
            Files.crd_egress_yaml, Files.crd_extensionservice_yaml, Files.crd_httproutegroup_yaml,
            Files.crd_ingressbackend_yaml, Files.crd_meshconfig_yaml, Files.crd_meshrootcertificate_yaml,
            Files.crd_retry_yaml, Files.crd_tcproute_yaml, Files.crd_telemetry_yaml, Files.crd_trafficsplit_yaml,
            Files.crd_traffictarget_yaml, Files.crd_upstreamtrafficsetting_yaml,
        ].map(ManifestText.init)
    }

    static var namespace: ManifestText { ManifestText(Files.namespace_yaml) }
    static var meshConfig: ManifestText { ManifestText(Files.mesh_config_yaml) }
    /// Accounts and roles.
    static var permissions: [ManifestText] {
        [Files.service_account_yaml, Files.cluster_role_yaml, Files.role_yaml].map(ManifestText.init)
    }
    static var deployment: ManifestText { ManifestText(Files.deployment_yaml) }
    static var services: ManifestText { ManifestText(Files.services_yaml) }
    static var disruptionBudget: ManifestText { ManifestText(Files.disruption_budget_yaml) }
    static var autoscaler: ManifestText { ManifestText(Files.autoscaler_yaml) }
    static var certManagerRole: ManifestText { ManifestText(Files.cert_manager_role_yaml) }
    static var prometheusPermissions: ManifestText { ManifestText(Files.prometheus_rbac_yaml) }
    static var scrapeConfigs: ManifestText { ManifestText(Files.prometheus_scrape_configs_yaml) }
    static var prometheus: ManifestText { ManifestText(Files.prometheus_yaml) }
    static var grafana: ManifestText { ManifestText(Files.grafana_yaml) }
    static var jaeger: ManifestText { ManifestText(Files.jaeger_yaml) }
}
