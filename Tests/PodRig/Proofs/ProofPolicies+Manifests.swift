extension ProofPolicies {
    var meshConfig: String {
        """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata:
          name: osm-mesh-config
          namespace: osm-system
        spec:
          traffic:
            enablePermissiveTrafficPolicyMode: \(isPermissive)
            enableEgress: \(isEgressOpen)
        \(kinds?.mesh.traffic ?? "")\(kinds?.mesh.sections ?? "")  certificate:
            serviceCertValidityDuration: \(validity)
            certKeyBitSize: 2048

        """
    }

    var services: [String] {
        let web = [("http", ProofPods.webPort, ProofPods.webPort)]
        let others = hasOtherWebPort ? [("http-other", ProofPods.otherWebPort, ProofPods.webPort)] : []
        let echo = [("tcp-echo", ProofPods.echoPort), ("tcp-other", ProofPods.otherEchoPort)].map { ($0, $1, $1) }
        return [
            service("web", ["app": "web"], [ProofPods.webAddress, ProofPods.webIPv6Address], web + others),
            service("web-1", ["app": "web", "version": "v1"], ["10.79.0.11"], web + others),
            service("web-2", ["app": "web", "version": "v2"], ["10.79.0.12"], web + others),
            service("echo", ["app": "echo"], [ProofPods.echoAddress, ProofPods.echoIPv6Address], echo),
            service("echo-same", ["app": "echo"], ["10.79.0.21"], echo),
            service("nobody", ["app": "nobody"], ["10.79.0.22"], echo),
            service("db", ["app": "db"], [], [("tcp-server-first", ProofPods.databasePort, ProofPods.databasePort)]),
        ]
    }

    var routeGroups: [String] {
        let paths = ["/ok"] + otherPaths.map { "/other-\($0)" }
        return [
            group("routes", paths),
            group("flip", (hasFlipPath ? ["/flip"] : []) + ["/flop"], method: flipMethod, expression: flipExpression),
        ]
    }

    var tcpRoutes: String {
        [
            route(
                "echo",
                [Int(ProofPods.echoPort)] + (hasOtherEchoPort ? [Int(ProofPods.otherEchoPort)] : []) + otherPorts),
            route("db", [Int(ProofPods.databasePort)]),
        ].joined(separator: "---\n")
    }

    var targets: [String] {
        let others = otherSources.map { "other-\($0)" }
        let second = target("web-too", of: "web", sources: ProofPods.clients, "HTTPRouteGroup", "routes")
        return (hasSecondTarget ? [second] : []) + [
            target("web", of: "web", sources: ProofPods.clients + others, "HTTPRouteGroup", "routes"),
            target(
                "flip", of: "web", sources: flipSources + others, "HTTPRouteGroup", "flip",
                matches: hasFlipMatch ? [] : ["flop"]),
            target("echo", of: "echo", sources: ProofPods.clients + others, "TCPRoute", "echo"),
            target("db", of: "db", sources: databaseSources + others, "TCPRoute", "db"),
        ]
    }

    var splits: [String] {
        let web = zip(ProofPods.versions.map(\.service), weights)
        let echo = zip(["echo-same", "nobody"], echoWeights)
        return (hasSplit ? [split("web", Array(web))] : []) + [split("echo", Array(echo))]
    }

    private func split(_ apex: String, _ shares: [(service: String, weight: Int)]) -> String {
        let backends = shares.map { "    - service: \($0.service)\n      weight: \($0.weight)\n" }
        return head("split.smi-spec.io/v1alpha4", "TrafficSplit", apex) + "spec:\n  service: \(apex)\n  backends:\n"
            + backends.joined()
    }

    private func head(_ version: String, _ kind: String, _ name: String) -> String {
        "apiVersion: \(version)\nkind: \(kind)\nmetadata:\n  name: \(name)\n  namespace: shop\n"
    }

    private func service(
        _ name: String, _ selector: [String: String], _ addresses: [String],
        _ ports: [(name: String, port: UInt16, target: UInt16)]
    ) -> String {
        let labels = selector.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)\n" }
        let lines = ports.map {
            "    - name: \($0.name)\n      port: \($0.port)\n      targetPort: \($0.target)\n      protocol: TCP\n"
        }
        let quoted = addresses.map { "\"\($0)\"" }.joined(separator: ", ")
        return head("v1", "Service", name) + "  annotations:\n    remark: \"\(remark)\"\n" + "spec:\n"
            + "  clusterIP: \(addresses.first ?? "None")\n" + (addresses.isEmpty ? "" : "  clusterIPs: [\(quoted)]\n")
            + "  selector:\n" + labels.joined() + "  ports:\n" + lines.joined()
    }

    private func group(
        _ name: String, _ paths: [String], method: String = "GET", expression: String? = nil
    ) -> String {
        let matches = paths.map { (name: String($0.dropFirst()), path: $0) }
        let all = matches + (expression.map { [(name: "expression", path: $0)] } ?? [])
        let lines = all.map {
            "    - name: \($0.name)\n      pathRegex: \"\($0.path)\"\n      methods: [\(method)]\n"
        }
        return head("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", name) + "spec:\n  matches:\n" + lines.joined()
    }

    private func route(_ name: String, _ ports: [Int]) -> String {
        let list = ports.map(String.init).joined(separator: ", ")
        return head("specs.smi-spec.io/v1alpha4", "TCPRoute", name) + "spec:\n  matches:\n    ports: [\(list)]\n"
    }

    private func target(
        _ name: String, of account: String, sources: [String], _ kind: String, _ rule: String, matches: [String] = []
    ) -> String {
        let lines = sources.map { "    - kind: ServiceAccount\n      name: \($0)\n      namespace: clients\n" }
        return head("access.smi-spec.io/v1alpha3", "TrafficTarget", name) + "spec:\n  destination:\n"
            + "    kind: ServiceAccount\n    name: \(account)\n    namespace: shop\n  sources:\n" + lines.joined()
            + "  rules:\n    - kind: \(kind)\n      name: \(rule)\n"
            + (matches.isEmpty ? "" : "      matches: [\(matches.joined(separator: ", "))]\n")
    }
}
