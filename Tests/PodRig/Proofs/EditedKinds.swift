/// Objects of the original's policy kinds, and edits of them that change nothing for the traffic of the proofs.
///
/// Each edit changes what proxies have: numbers, further hosts, sources, paths and formats that nobody asks for.
struct EditedKinds {
    /// The kinds, in the order in which they are edited.
    static let all = [
        "Egress", "IngressBackend", "UpstreamTrafficSetting", "Retry", "Telemetry", "ExtensionService", "tracing",
        "authorization",
    ]

    /// The ports of the servers outside that are called through the mesh.
    static let httpPort = 80
    static let linesPort = 9000
    /// Where the client of the ingress is, which has no sidecar.
    static let gatewayAddress = "10.77.8.1"

    private var counts: [String: Int] = [:]

    /// The kind of the object that an edit of this name changes, with its namespace and name.
    ///
    /// - Parameter round: the number of the edit to come.
    static func object(of edit: String, round: Int) -> (kind: String, place: String) {
        switch edit {
        case "Egress": (edit, round % 2 == 0 ? "clients/http" : "clients/lines")
        case "IngressBackend": (edit, "shop/web")
        case "UpstreamTrafficSetting": (edit, ["shop/web", "shop/echo", "clients/outside"][round % 3])
        case "Retry": (edit, "clients/client-1")
        case "Telemetry": (edit, "shop/web")
        case "ExtensionService": (edit, "shop/collector")
        default: ("MeshConfig", "osm-system/osm-mesh-config")
        }
    }

    /// Edits one object.
    mutating func edit(_ name: String, round: Int) {
        let object = Self.object(of: name, round: round)
        counts[object.kind == "MeshConfig" ? name : "\(object.kind) \(object.place)", default: 0] += 1
    }

    private func count(_ key: String) -> Int { counts[key] ?? 0 }

    /// The manifests.
    var text: String {
        [
            egressOverHTTP, egressOfLines, ingressBackend, settingsOfWeb, settingsOfEcho, settingsOutside, retry,
            telemetry, extensionService,
        ].joined(separator: "---\n")
    }

    /// The sections of the MeshConfig, to stand in its `spec` beside `traffic`; and what belongs into `traffic`.
    var mesh: (sections: String, traffic: String) {
        let number = count("tracing")
        // Nobody listens there; what cannot be asked lets requests pass.
        let tracing = """
              observability:
                tracing:
                  enable: \(number % 2 == 1)
                  address: 10.77.0.1
                  port: \(9411 + number % 5)
                  endpoint: /api/v2/spans

            """
        let other = count("authorization")
        let authorization = """
                inboundExternalAuthorization:
                  enable: \(other % 2 == 1)
                  address: 10.77.0.1
                  port: \(9191 + other % 5)
                  statPrefix: authorization
                  timeout: 1s
                  failureModeAllow: true

            """
        return (tracing, authorization)
    }

    private var egressOverHTTP: String {
        let number = count("Egress clients/http")
        let hosts = ["one.outside.test"] + (0..<number % 4).map { "other-\($0).outside.test" }
        return head("policy.openservicemesh.io/v1alpha1", "Egress", "http", in: "clients") + """
            spec:
              sources:
                - {kind: ServiceAccount, name: client-1, namespace: clients}
                - {kind: ServiceAccount, name: other-\(number % 3), namespace: clients}
              hosts: [\(hosts.joined(separator: ", "))]
              ports:
                - {number: \(Self.httpPort), protocol: http}
              matches:
                - {apiGroup: policy.openservicemesh.io/v1alpha1, kind: UpstreamTrafficSetting, name: outside}

            """
    }

    private var egressOfLines: String {
        let number = count("Egress clients/lines")
        let ranges = ["10.77.9.2/32"] + (0..<number % 3).map { "192.0.2.\($0)/32" }
        return head("policy.openservicemesh.io/v1alpha1", "Egress", "lines", in: "clients") + """
            spec:
              sources:
                - {kind: ServiceAccount, name: client-1, namespace: clients}
              ipAddresses: [\(ranges.joined(separator: ", "))]
              ports:
                - {number: \(Self.linesPort), protocol: tcp}

            """
    }

    private var ingressBackend: String {
        let number = count("IngressBackend shop/web")
        let others = (0..<number % 4).map { "    - {kind: IPRange, name: 192.0.2.\($0)/32}\n" }.joined()
        return head("policy.openservicemesh.io/v1alpha1", "IngressBackend", "web", in: "shop") + """
            spec:
              backends:
                - name: web
                  port: {number: \(ProofPods.webPort), protocol: http}
              sources:
                - {kind: IPRange, name: \(Self.gatewayAddress)/32}
            \(others)
            """
    }

    private var settingsOfWeb: String {
        let number = count("UpstreamTrafficSetting shop/web")
        let policies = ["roundRobin", "leastRequest"]
        return settings("web", host: "web.shop.svc.cluster.local", in: "shop") + """
              connectionSettings:
                tcp: {maxConnections: \(10_000 + number), connectTimeout: \(5 + number % 3)s}
                http: {maxRequests: \(10_000 + number), maxPendingRequests: 10000, maxRetries: 10000}
              loadBalancing: {policy: \(policies[number % policies.count])}
              rateLimit:
                local:
                  http: {requests: \(100_000 + number), unit: second, burst: 1000}
              httpRoutes:
                - path: /other-\(number % 3)
                  rateLimit:
                    local: {requests: \(1 + number), unit: minute}

            """
    }

    private var settingsOfEcho: String {
        // A backend: limits of connections to an apex hold at its own pods only.
        let number = count("UpstreamTrafficSetting shop/echo")
        return settings("echo", host: "echo-same.shop.svc.cluster.local", in: "shop") + """
              connectionSettings:
                tcp: {maxConnections: \(10_000 + number)}
              rateLimit:
                local:
                  tcp: {connections: \(100_000 + number), unit: second}

            """
    }

    private var settingsOutside: String {
        let number = count("UpstreamTrafficSetting clients/outside")
        return settings("outside", host: "one.outside.test", in: "clients") + """
              connectionSettings:
                tcp: {maxConnections: \(10_000 + number), connectTimeout: \(5 + number % 3)s}

            """
    }

    private func settings(_ name: String, host: String, in namespace: String) -> String {
        head("policy.openservicemesh.io/v1alpha1", "UpstreamTrafficSetting", name, in: namespace)
            + "spec:\n  host: \(host)\n"
    }

    private var retry: String {
        let number = count("Retry clients/client-1")
        return head("policy.openservicemesh.io/v1alpha1", "Retry", "client-1", in: "clients") + """
            spec:
              source: {kind: ServiceAccount, name: client-1, namespace: clients}
              destinations:
                - {kind: Service, name: web, namespace: shop}
              retryPolicy:
                retryOn: \(number % 2 == 0 ? "5xx" : "gateway-error")
                numRetries: \(1 + number % 5)
                perTryTimeout: \(10 + number % 3)s
                retryBackoffBaseInterval: 25ms

            """
    }

    private var telemetry: String {
        let number = count("Telemetry shop/web")
        // The servers of requests only: a change of what a pod logs replaces its filter chains.
        return head("policy.openservicemesh.io/v1alpha1", "Telemetry", "web", in: "shop") + """
            spec:
              selector: {app: web}
              accessLog:
                format: '{"path": "%REQ(:PATH)%", "number": "\(number)"}'
                openTelemetry:
                  extensionService: {namespace: shop, name: collector}
                  attributes: {number: "\(number)"}

            """
    }

    private var extensionService: String {
        let number = count("ExtensionService shop/collector")
        return head("config.openservicemesh.io/v1alpha2", "ExtensionService", "collector", in: "shop") + """
            spec:
              host: 10.77.0.1
              port: \(4317 + number % 5)
              protocol: h2c

            """
    }

    private func head(_ version: String, _ kind: String, _ name: String, in namespace: String) -> String {
        "apiVersion: \(version)\nkind: \(kind)\nmetadata:\n  name: \(name)\n  namespace: \(namespace)\n"
    }
}
