/// An object with a mistake, and the field that it is in.
struct PolicyMistake {
    let kind: String
    let place: String
    let path: String
    let manifest: String
}

/// Mistakes in objects of every kind.
enum PolicyMistakes {
    private static let policy = "policy.openservicemesh.io/v1alpha1"

    /// Objects that can be read, and do nothing.
    static let all: [PolicyMistake] = [
        mistake(
            "specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", "many", "spec.matches",
            "  matches:\n" + (0..<10_000).map { "    - {name: m\($0), pathRegex: /many-\($0)}\n" }.joined()),
        mistake(
            "specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", "hostile", "spec.matches[0].pathRegex",
            "  matches:\n    - {name: m, pathRegex: \"/((a{1000}){1000}){10}\"}\n"),
        mistake(
            "specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", "nested", "spec.matches[0].headers[x-a]",
            "  matches:\n    - name: m\n      headers:\n        - x-a: \""
                + String(repeating: "(", count: 500) + String(repeating: ")", count: 500) + "\"\n"),
        mistake(
            "specs.smi-spec.io/v1alpha4", "TCPRoute", "ports", "spec.matches.ports[0]",
            "  matches:\n    ports: [70000]\n"),
        mistake(
            "access.smi-spec.io/v1alpha3", "TrafficTarget", String(repeating: "a", count: 254), "metadata.name",
            """
              destination: {kind: ServiceAccount, name: web, namespace: shop}
              sources: [{kind: ServiceAccount, name: client-1, namespace: clients}]
              rules: [{kind: HTTPRouteGroup, name: many}]

            """),
        mistake(
            "split.smi-spec.io/v1alpha4", "TrafficSplit", "weights", "spec.backends[0].weight",
            "  service: web\n  backends:\n    - {service: web-v1, weight: -1}\n    - {service: web-v2, weight: 1}\n"),
        mistake(
            policy, "Egress", "ranges", "spec.ipAddresses[0]",
            """
              sources: [{kind: ServiceAccount, name: client-1, namespace: clients}]
              ipAddresses: [10.0.0.0/99]
              ports: [{number: 9000, protocol: tcp}]

            """),
        mistake(
            policy, "IngressBackend", "port", "spec.backends[0].port.number",
            """
              backends: [{name: web, port: {number: 0, protocol: http}}]
              sources: [{kind: IPRange, name: 10.77.8.0/24}]

            """),
        mistake(
            policy, "UpstreamTrafficSetting", "unit", "spec.rateLimit.local.http.unit",
            """
              host: web.shop.svc.cluster.local
              rateLimit: {local: {http: {requests: 1, unit: fortnight}}}

            """),
        mistake(
            policy, "Retry", "words", "spec.retryPolicy.retryOn",
            """
              source: {kind: ServiceAccount, name: client-1, namespace: clients}
              destinations: [{kind: Service, name: web, namespace: shop}]
              retryPolicy: {retryOn: sometimes, numRetries: 3, perTryTimeout: 1s, retryBackoffBaseInterval: 1s}

            """),
        mistake(policy, "Telemetry", "format", "spec.accessLog.format", "  accessLog: {format: \"\"}\n"),
        mistake(
            "config.openservicemesh.io/v1alpha2", "ExtensionService", "port", "spec.port",
            "  host: tools.tools.svc.cluster.local\n  port: 70000\n  protocol: h2c\n"),
    ]

    /// Objects with a value of a wrong type.
    static let unreadable: [PolicyMistake] = [
        unreadable("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", "spec.matches", "{matches: all}"),
        unreadable("specs.smi-spec.io/v1alpha4", "TCPRoute", "spec.matches.ports", "{matches: {ports: http}}"),
        unreadable("access.smi-spec.io/v1alpha3", "TrafficTarget", "spec.sources", "{sources: anybody}"),
        unreadable("split.smi-spec.io/v1alpha4", "TrafficSplit", "spec.backends", "{service: web, backends: web-v1}"),
        unreadable(policy, "Egress", "spec.hosts", "{hosts: one.outside.test}"),
        unreadable(policy, "IngressBackend", "spec.backends", "{backends: {name: web}}"),
        unreadable(policy, "UpstreamTrafficSetting", "spec.host", "{host: [web]}"),
        unreadable(policy, "Retry", "spec.source", "{source: client-1}"),
        unreadable(policy, "Telemetry", "spec.accessLog", "{accessLog: verbose}"),
        unreadable("config.openservicemesh.io/v1alpha2", "ExtensionService", "spec.port", "{port: http}"),
    ]

    private static func mistake(
        _ version: String, _ kind: String, _ name: String, _ path: String, _ spec: String
    ) -> PolicyMistake {
        PolicyMistake(
            kind: kind, place: "shop/\(name)", path: path,
            manifest: PolicyManifests.head(version, kind, name) + "spec:\n" + spec)
    }

    /// On one line, so that the rig does not wait for a status.
    private static func unreadable(
        _ version: String, _ kind: String, _ path: String, _ spec: String
    ) -> PolicyMistake {
        PolicyMistake(
            kind: kind, place: "shop/wrong", path: path,
            manifest:
                "{apiVersion: \(version), kind: \(kind), metadata: {name: wrong, namespace: shop}, spec: \(spec)}\n")
    }
}
