extension MeshKind {
    private static let config = "config.openservicemesh.io"
    private static let policy = "policy.openservicemesh.io"

    /// All kinds, by name.
    static let all: [MeshKind] = [
        egress, extensionService, httpRouteGroup, ingressBackend, meshConfig, meshRootCertificate, retry, tcpRoute,
        telemetry, trafficSplit, trafficTarget, upstreamTrafficSetting,
    ]

    static let meshConfig = MeshKind(
        "MeshConfig", config, "meshconfigs", "meshconfig", served: ["v1alpha1", "v1alpha2"], stored: "v1alpha2",
        columns: [
            "NAME": "one", "PERMISSIVE": "true", "EGRESS": "false", "PROXIES": "12", "SYNCED": "11/12",
            "READY": "True", "AGE": nil,
        ],
        sample: #"{"traffic": {"enablePermissiveTrafficPolicyMode": true, "enableEgress": false}}"#,
        summary: ["proxies": "12", "synced": "11/12"])

    static let meshRootCertificate = MeshKind(
        "MeshRootCertificate", config, "meshrootcertificates", "mrc", served: ["v1alpha2"], stored: "v1alpha2",
        columns: [
            "NAME": "one", "ROLE": "passive", "ISSUER": "Tresor", "TRUST-DOMAIN": "cluster.local",
            "NOT-AFTER": "2036-01-01T00:00:00Z", "DISTRIBUTED": "11/12", "READY": "True", "AGE": nil,
        ],
        // What is in effect is shown, not what is asked for.
        sample: """
            {"role": "active", "provider": {"tresor": {"ca": {"secretRef": {"name": "ca", "namespace": "osm"}}}}}
            """,
        summary: [
            "role": "passive", "issuer": "Tresor", "trustDomain": "cluster.local", "notAfter": "2036-01-01T00:00:00Z",
            "distributed": "11/12",
        ])

    static let extensionService = MeshKind(
        "ExtensionService", config, "extensionservices", "extsvc", served: ["v1alpha2"], stored: "v1alpha2",
        columns: [
            "NAME": "one", "HOST": "a.example", "PORT": "4317", "USED-BY": "2", "PROGRAMMED": "True", "READY": "True",
            "AGE": nil,
        ], wide: ["PROTOCOL": "h2c"], sample: #"{"host": "a.example", "port": 4317, "protocol": "h2c"}"#,
        summary: ["usedBy": 2])

    static let egress = MeshKind(
        "Egress", policy, "egresses", "egress", served: ["v1alpha1"], stored: "v1alpha1",
        columns: [
            "NAME": "one", "HOSTS": #"["a.example","b.example"]"#, "PROGRAMMED": "True", "PROXIES": "3/3",
            "READY": "True", "AGE": nil,
        ], wide: ["ADDRESSES": #"["192.0.2.0/24"]"#],
        sample: """
            {"sources": [{"kind": "ServiceAccount", "name": "a", "namespace": "b"}], "hosts": ["a.example", "b.example"],
             "ipAddresses": ["192.0.2.0/24"], "ports": [{"number": 80, "protocol": "http"}]}
            """, summary: ["proxies": "3/3"])

    static let ingressBackend = MeshKind(
        "IngressBackend", policy, "ingressbackends", "ingressbackend", served: ["v1alpha1"], stored: "v1alpha1",
        columns: [
            "NAME": "one", "BACKENDS": "web:80", "SOURCES": "gateway.ingress", "PROGRAMMED": "True", "PROXIES": "3/3",
            "READY": "True", "AGE": nil,
        ],
        sample: """
            {"backends": [{"name": "web", "port": {"number": 80, "protocol": "http"}}],
             "sources": [{"kind": "Service", "name": "gateway", "namespace": "ingress"}]}
            """, summary: ["proxies": "3/3", "backends": "web:80", "sources": "gateway.ingress"])

    static let retry = MeshKind(
        "Retry", policy, "retries", "retry", served: ["v1alpha1"], stored: "v1alpha1",
        columns: [
            "NAME": "one", "SOURCE": "curl", "RETRY-ON": "5xx,reset", "PROGRAMMED": "True", "PROXIES": "3/3",
            "READY": "True", "AGE": nil,
        ],
        sample: """
            {"source": {"kind": "ServiceAccount", "name": "curl", "namespace": "a"},
             "destinations": [{"kind": "Service", "name": "web", "namespace": "a"}],
             "retryPolicy": {"retryOn": "5xx,reset", "perTryTimeout": "1s", "numRetries": 3,
                             "retryBackoffBaseInterval": "10ms"}}
            """, summary: ["proxies": "3/3"])

    static let upstreamTrafficSetting = MeshKind(
        "UpstreamTrafficSetting", policy, "upstreamtrafficsettings", "upstreamtrafficsetting", served: ["v1alpha1"],
        stored: "v1alpha1",
        columns: [
            "NAME": "one", "HOST": "web.a.svc.cluster.local", "PROGRAMMED": "True", "PROXIES": "3/3", "READY": "True",
            "AGE": nil,
        ], sample: #"{"host": "web.a.svc.cluster.local"}"#, summary: ["proxies": "3/3"])

    static let telemetry = MeshKind(
        "Telemetry", policy, "telemetries", "telemetry", served: ["v1alpha1"], stored: "v1alpha1",
        columns: [
            "NAME": "one", "COLLECTOR": "otel", "PROGRAMMED": "True", "PROXIES": "3/3", "READY": "True", "AGE": nil,
        ],
        sample: """
            {"accessLog": {"openTelemetry": {"extensionService": {"name": "otel", "namespace": "a"}}}}
            """, summary: ["proxies": "3/3"])

    static let trafficTarget = MeshKind(
        "TrafficTarget", "access.smi-spec.io", "traffictargets", "tt", served: ["v1alpha3"], stored: "v1alpha3",
        kept: ["v1alpha1", "v1alpha2"],
        columns: [
            "NAME": "one", "DESTINATION": "web", "SOURCES": "curl,b/load", "RULES": "pages", "PROGRAMMED": "True",
            "PROXIES": "12/12", "READY": "True", "AGE": nil,
        ],
        sample: """
            {"destination": {"kind": "ServiceAccount", "name": "web"},
             "sources": [{"kind": "ServiceAccount", "name": "curl"},
                         {"kind": "ServiceAccount", "name": "load", "namespace": "b"}],
             "rules": [{"kind": "HTTPRouteGroup", "name": "pages"}]}
            """, summary: ["proxies": "12/12", "sources": "curl,b/load", "rules": "pages"])

    static let httpRouteGroup = MeshKind(
        "HTTPRouteGroup", "specs.smi-spec.io", "httproutegroups", "htr", served: ["v1alpha4"], stored: "v1alpha4",
        kept: ["v1alpha1", "v1alpha2", "v1alpha3"],
        columns: [
            "NAME": "one", "MATCHES": "a,b", "USED-BY": "1", "PROGRAMMED": "True", "READY": "True", "AGE": nil,
        ], sample: #"{"matches": [{"name": "a", "pathRegex": "/a"}, {"name": "b", "methods": ["*"]}]}"#,
        summary: ["proxies": "3/3", "matches": "a,b", "usedBy": "1"])

    static let tcpRoute = MeshKind(
        "TCPRoute", "specs.smi-spec.io", "tcproutes", "tr", served: ["v1alpha4"], stored: "v1alpha4",
        columns: [
            "NAME": "one", "PORTS": "[80,443]", "USED-BY": "web,api", "PROGRAMMED": "True", "READY": "True",
            "AGE": nil,
        ], sample: #"{"matches": {"ports": [80, 443]}}"#, summary: ["usedBy": "web,api"])

    static let trafficSplit = MeshKind(
        "TrafficSplit", "split.smi-spec.io", "trafficsplits", "ts", served: ["v1alpha2", "v1alpha3", "v1alpha4"],
        stored: "v1alpha2",
        columns: [
            "NAME": "one", "SERVICE": "web", "BACKENDS": "v1:90,v2:10", "PROGRAMMED": "True", "PROXIES": "3/3",
            "READY": "True", "AGE": nil,
        ],
        sample: """
            {"service": "web", "matches": [{"kind": "HTTPRouteGroup", "name": "pages"}],
             "backends": [{"service": "v1", "weight": 90}, {"service": "v2", "weight": 10}]}
            """, summary: ["proxies": "3/3", "backends": "v1:90,v2:10"])
}
