import NIOHTTP1

extension CheckCase {
    private static let calls = """
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do curl -s -m 30 http://$1/ | sed 's/.*"app":"\\([^"]*\\)".*/\\1/'; echo; done | grep . | sort -u | tr '\\n' ' '
        """

    /// Runs a program in the pod from which calls are made.
    private static func ask(_ cluster: CheckCluster, _ script: String, _ argument: String = "") async throws -> String {
        let outcome = try await cluster.kubectl("exec", "caller", "--", "sh", "-c", script, "sh", argument)
        return (outcome.output + outcome.errors).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Makes the pods that answer and the one that calls, and waits until Services lead to them.
    static func prepareNetwork(_ cluster: CheckCluster) async throws {
        try await cluster.create(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {selector: {service: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: headless}
            spec: {clusterIP: None, selector: {service: web}, ports: [{name: http, port: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: empty}
            spec: {selector: {service: none}, ports: [{port: 80}]}
            """)
        for name in ["web-a", "web-b"] {
            let pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(name), labels: {service: web}}
                spec:
                  terminationGracePeriodSeconds: 1
                  hostname: \(name)
                  subdomain: headless
                  containers:
                  - name: app
                    image: "pod-app:latest"
                    args: [serve, --name, \(name), --http, "8080"]
                    readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
                """
            try await cluster.create(pod)
        }
        try await cluster.createPod(
            "caller", "containers: [{name: app, image: \"tools:1\", command: [sleep, \"1000\"]}]")
        for name in ["web-a", "web-b", "caller"] { try await cluster.waitReady(name) }
        try await cluster.wait("two endpoints") {
            let path = "/api/v1/namespaces/default/endpoints/headless"
            let subsets = (try? await cluster.api.send(.GET, path))?["subsets"]?.array ?? []
            return subsets.first?["addresses"]?.array?.count == 2
        }
        // The node's rules follow a moment later.
        try await Task.sleep(for: .milliseconds(500))
    }

    private static let addresses = "getent ahostsv4 $1 | awk '$2 == \"STREAM\" {print $1}' | sort"

    private static func addresses(of names: String..., in cluster: CheckCluster) async throws -> String {
        var addresses: [String] = []
        for name in names { addresses.append(try await cluster.pod(name).at("status", "podIP")?.string ?? "") }
        return addresses.sorted().joined(separator: " ")
    }

    static var network: [CheckCase] {
        [
            CheckCase("a Service by its name: both pods answer", "web-a web-b; web-a web-b; web-a web-b") { cluster in
                var found: [String] = []
                for name in ["web", "web.default", "web.default.svc.cluster.local"] {
                    found.append(try await ask(cluster, calls, name))
                }
                return found.joined(separator: "; ")
            },
            CheckCase("a Service from the node itself, as the API server calls webhooks", "web-a web-b") { cluster in
                let service = try await cluster.api.send(.GET, "/api/v1/namespaces/default/services/web")
                let address = service.at("spec", "clusterIP")?.string ?? ""
                let output = try await Program(["sh", "-c", calls, "sh", address]).check()
                return output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            },
            CheckCase("a pod reaches itself through its Service", "web-a web-b") { cluster in
                let outcome = try await cluster.kubectl("exec", "web-a", "--", "sh", "-c", calls, "sh", "web")
                return outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            },
            CheckCase("a Service without endpoints refuses", "curl ends with 7") { cluster in
                try await ask(cluster, "curl -s -m 5 http://empty/; echo curl ends with $?")
            },
            CheckCase("a headless Service is its pods", "the pods' addresses") { cluster in
                let found = try await ask(cluster, addresses, "headless")
                let wanted = try await addresses(of: "web-a", "web-b", in: cluster)
                return found == wanted ? "the pods' addresses" : "\(found), not \(wanted)"
            },
            CheckCase("a pod by its name and its Service's", "the pod's address") { cluster in
                let found = try await ask(cluster, addresses, "web-b.headless")
                let wanted = try await addresses(of: "web-b", in: cluster)
                return found == wanted ? "the pod's address" : "\(found), not \(wanted)"
            },
            CheckCase("a name that nobody has", "not found, at once") { cluster in
                // Without an answer a name takes ten seconds: two attempts of five.
                let text = try await ask(
                    cluster,
                    "s=$(date +%s%3N); getent ahostsv4 nobody; echo $?; [ $(( $(date +%s%3N) - s )) -lt 8000 ] && echo fast"
                )
                return text == "2 fast" ? "not found, at once" : text
            },
            CheckCase("the API server from a pod, with the pod's token", "\"v1.20.2\" of this API server; 403 for pods")
            { cluster in
                let directory = "/var/run/secrets/kubernetes.io/serviceaccount"
                let curl =
                    "curl -s -m 30 --cacert \(directory)/ca.crt -H \"Authorization: Bearer $(cat \(directory)/token)\""
                let base = "https://kubernetes.default.svc"
                let text = try await ask(
                    cluster,
                    "\(curl) \(base)/version | sed -n 's/.*gitVersion\": //p' | tr -d ,; \(curl) -o /dev/null -w '%{http_code}' \(base)/api/v1/namespaces/default/pods"
                )
                let words = text.split(separator: " ")
                let version = try await cluster.api.send(.GET, "/version")["gitVersion"]?.text ?? ""
                let isSame = words.first.map(String.init) == version
                return "\(isSame ? "\"v1.20.2\"" : text) of this API server; \(words.last ?? "") for pods"
            },
            CheckCase("a pod with the node's network", "10.66.0.1 br0, ready") { cluster in
                try await cluster.createPod(
                    "host-network",
                    """
                    hostNetwork: true
                    containers: [{name: app, image: "tools:1", command: [sh, -c, "ip -o link show br0 | grep -o br0; exec sleep 1000"]}]
                    """)
                let pod = try await cluster.waitReady("host-network")
                let link = try await cluster.waitLog("host-network", "br0").prefix(3)
                return "\(pod.at("status", "podIP")?.string ?? "") \(link), ready"
            },
            CheckCase("IPv6 loopback and rules work in a pod", "::1 rules") { cluster in
                try await cluster.createPod(
                    "ipv6",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      securityContext: {capabilities: {add: [NET_ADMIN]}}
                      command: [sh, -c, "ip -6 -o address show lo | grep -o '::1'; ip6tables -t nat -A OUTPUT -p tcp -j RETURN && echo rules"]
                    """)
                _ = try await cluster.waitEnd("ipv6")
                return try await cluster.log("ipv6").replacing("\n", with: " ")
            },
        ]
    }
}
