import Foundation

/// Probes of all sorts, asked through sidecars.
struct ProbesProof: NodeProof {
    let name = "probes"
    let promise =
        "probes by HTTP, HTTPS and TCP say of an application in the mesh what they would say without it, each container's own"

    private static let namespace = "probes"

    func run(_ run: NodeRun) throws -> String {
        let namespace = Self.namespace
        try run.makeNamespace(namespace, accounts: [])
        let pods = [Self.http, Self.failing, Self.https, Self.twoHTTPS, Self.tcp, Self.failingTCP]
        try run.apply(pods.joined())
        for pod in ["http", "https", "two-https", "tcp"] {
            let outcome = try run.kubectl.run(
                ["wait", "pod/\(pod)", "-n", namespace, "--for=condition=Ready", "--timeout=60s"])
            if outcome.status != 0 {
                run.object("pod \(pod) does not become ready: \(try events(run, pod))")
            }
        }
        // They run for as long as the others needed at least.
        for pod in ["failing", "failing-tcp"] {
            try run.await(
                ".status.containerStatuses[?(@.name==\"envoy\")].ready", of: "pod/\(pod)", in: namespace, is: "true")
            run.expect(
                "pod \(pod) is ready", "False",
                try run.value(".status.conditions[?(@.type==\"Ready\")].status", of: "pod/\(pod)", in: namespace))
            try Waiting.until("a failed probe of \(pod)") { () -> Void? in
                try events(run, pod).contains("Unhealthy") ? () : nil
            }
        }
        // What each container was asked.
        let first = try asked(run, "http", "app")
        run.expect(
            "the first container was asked for its own path, with the query, and followed the redirect", true,
            first.contains("/redirect/health?full=1") && first.contains("/health"))
        run.expect(
            "the second container was asked for its own path alone", ["/second"], try asked(run, "http", "second"))
        // A probe that begins to fail.
        try run.kubectl.check(["delete", "pod", "tcp", "-n", namespace, "--wait=false"])
        try run.remove(namespace)
        return "6 pods, of which 2 never become ready, as without a mesh"
    }

    private func events(_ run: NodeRun, _ pod: String) throws -> String {
        try run.kubectl.check(
            ["get", "events", "-n", Self.namespace, "--field-selector", "involvedObject.name=\(pod)", "--no-headers"])
    }

    /// What an application was asked, each once.
    private func asked(_ run: NodeRun, _ pod: String, _ container: String) throws -> Set<String> {
        struct Step: Decodable {
            let step: String
            let uri: String
        }
        let output = try run.kubectl.check(["logs", pod, "-n", Self.namespace, "-c", container])
        let steps = output.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Step.self, from: Data($0.utf8))
        }
        return Set(steps.filter { $0.step == "begun" }.map(\.uri))
    }

    private static let quick = "periodSeconds: 1, timeoutSeconds: 3"

    private static let http = NodeManifests.pod(
        "http", in: namespace, arguments: ["serve", "--name=a", "--http=8080", "--trace"],
        more: """
            readinessProbe: {httpGet: {path: "/redirect/health?full=1", port: 8080}, \(quick)}
            livenessProbe: {httpGet: {path: /health, port: 8080}, \(quick)}
            startupProbe: {httpGet: {path: /health, port: 8080}, \(quick), failureThreshold: 60}
            """,
        spec: """
              - name: second
                image: osm-pod-app:latest
                args: [serve, --name=b, --http=8081, --trace]
                ports: [{name: web, containerPort: 8081}]
                readinessProbe: {httpGet: {path: /second, port: web}, \(quick)}

            """)

    private static let failing = NodeManifests.pod(
        "failing", in: namespace, arguments: ["serve", "--name=a", "--http=8080"],
        more: "readinessProbe: {httpGet: {path: /status/500, port: 8080}, \(quick)}\n")

    private static let tcp = NodeManifests.pod(
        "tcp", in: namespace, arguments: ["serve", "--name=a", "--http=8080"],
        more: "readinessProbe: {tcpSocket: {port: 8080}, \(quick)}\n")

    private static let failingTCP = NodeManifests.pod(
        "failing-tcp", in: namespace, arguments: ["serve", "--name=a", "--http=8080"],
        more: "readinessProbe: {tcpSocket: {port: 8081}, \(quick)}\n")

    private static func secure(_ name: String, port: Int) -> String {
        let make =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /data/key.pem -out /data/cert.pem -subj /CN=a -days 2"
        let serve =
            "exec /pod-app serve --name=\(name) --https=\(port) --tls-cert=/data/cert.pem --tls-key=/data/key.pem"
        return """
              - name: \(name)
                image: osm-pod-app:latest
                command: [/bin/sh, -c, "\(make) && \(serve)"]
                readinessProbe: {httpGet: {path: /health, port: \(port), scheme: HTTPS}, \(quick)}
                volumeMounts: [{name: data-\(name), mountPath: /data}]

            """
    }

    private static func securePod(_ name: String, _ containers: [(String, Int)]) -> String {
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: \(name), namespace: \(namespace)}\nspec:\n  containers:\n"
            + containers.map { secure($0.0, port: $0.1) }.joined() + "  volumes:\n"
            + containers.map { "  - {name: data-\($0.0), emptyDir: {medium: Memory}}\n" }.joined()
    }

    private static let https = securePod("https", [("app", 8443)])
    private static let twoHTTPS = securePod("two-https", [("app", 8443), ("other", 8444)])
}
