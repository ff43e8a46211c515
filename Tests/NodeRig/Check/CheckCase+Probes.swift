import NIOHTTP1

extension CheckCase {
    /// A web server that redirects `/redirect/N` N times and prints every request with its headers.
    private static let server = """
        import http.server, ssl, sys
        class H(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                h = self.headers
                print(self.path, 'host=' + h.get('host', ''), 'referer=' + h.get('referer', ''), 'agent=' + h.get('user-agent', ''), 'x=' + h.get('x-probe', ''), flush=True)
                w = self.path.strip('/').split('/')
                if w[0] == 'redirect' and int(w[1]) > 0:
                    self.send_response(302); self.send_header('location', '/redirect/%d' % (int(w[1]) - 1))
                elif w[0] == 'away':
                    self.send_response(302); self.send_header('location', 'http://10.0.0.1:1/')
                else:
                    self.send_response(int(w[1]) if w[0] == 'status' else 200)
                self.send_header('content-length', '0'); self.end_headers()
            def log_message(self, *a): pass
        s = http.server.ThreadingHTTPServer(('', int(sys.argv[1])), H)
        if len(sys.argv) > 2:
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[2]); s.socket = c.wrap_socket(s.socket, server_side=True)
        s.serve_forever()
        """

    /// A pod with that server on port 8000, and a readiness probe.
    private static func web(_ probe: String, command: String = "exec /usr/bin/python3 /c/server.py 8000") -> String {
        """
        containers:
        - name: app
          image: "tools:1"
          command: [sh, -c, "\(command)"]
          ports: [{name: web, containerPort: 8000}]
          readinessProbe: {\(probe), periodSeconds: 1, timeoutSeconds: 2}
          volumeMounts: [{name: c, mountPath: /c}]
        volumes: [{name: c, configMap: {name: probe-server}}]
        """
    }

    /// Makes the ConfigMap with the server.
    static func prepareServer(_ cluster: CheckCluster) async throws {
        let object: JSONValue = [
            "metadata": ["name": "probe-server"], "data": ["server.py": .string(server)],
        ]
        try await cluster.api.send(.POST, "/api/v1/namespaces/default/configmaps", object)
    }

    static var probes: [CheckCase] {
        [
            CheckCase(
                "an HTTP probe, by the port's name and with headers",
                "/ok?a=b%20c host=probe.test referer= agent=kube-probe/1.20 x=1"
            ) {
                cluster in
                let headers = "httpHeaders: [{name: Host, value: probe.test}, {name: X-Probe, value: '1'}]"
                try await cluster.createPod("http", web("httpGet: {path: '/ok?a=b%20c', port: web, \(headers)}"))
                try await cluster.waitReady("http")
                return try await cluster.waitLog("http", "/ok")
            },
            CheckCase(
                "an HTTP probe follows redirects, with the URL before as Referer", "/redirect/0 referer=/redirect/1"
            ) {
                cluster in
                try await cluster.createPod("redirects", web("httpGet: {path: /redirect/2, port: 8000}"))
                let pod = try await cluster.waitReady("redirects")
                let base = "http://\(pod.at("status", "podIP")?.string ?? ""):8000"
                let line = try await cluster.waitLog("redirects", "/redirect/0")
                let referer = line.split(separator: " ").first { $0.hasPrefix("referer=") } ?? ""
                return "/redirect/0 \(referer.replacing(base, with: ""))"
            },
            CheckCase(
                "more than ten redirects are a failure, one to elsewhere is not", "stopped after 10 redirects; ready"
            ) {
                cluster in
                try await cluster.createPod("too-many", web("httpGet: {path: /redirect/11, port: 8000}"))
                try await cluster.createPod("away", web("httpGet: {path: /away, port: 8000}"))
                let message = try await cluster.waitEvent("too-many", "Unhealthy", "stopped")
                try await cluster.waitReady("away")
                return "\(message.split(separator: ": ").last ?? ""); ready"
            },
            CheckCase("a status of 400 or more is a failure", "statuscode: 503, not ready") { cluster in
                try await cluster.createPod("status-503", web("httpGet: {path: /status/503, port: 8000}"))
                let message = try await cluster.waitEvent("status-503", "Unhealthy", "503")
                let isReady = try await cluster.pod("status-503").condition("Ready") == "True"
                return "\(message.split(separator: "probe: ").last ?? ""), \(isReady ? "ready" : "not ready")"
            },
            CheckCase("an HTTPS probe takes any certificate", "ready") { cluster in
                let key =
                    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x -keyout /tmp/k -out /tmp/c 2>/dev/null"
                try await cluster.createPod(
                    "https",
                    web(
                        "httpGet: {path: /ok, port: 8000, scheme: HTTPS}",
                        command: "\(key); cat /tmp/k /tmp/c > /tmp/p; exec /usr/bin/python3 /c/server.py 8000 /tmp/p"))
                try await cluster.waitReady("https")
                return "ready"
            },
            CheckCase("a TCP probe that succeeds, and one that does not", "ready; refused, not ready") { cluster in
                try await cluster.createPod("tcp", web("tcpSocket: {port: 8000}"))
                try await cluster.createPod("tcp-fails", web("tcpSocket: {port: 8001}"))
                try await cluster.waitReady("tcp")
                let message = try await cluster.waitEvent("tcp-fails", "Unhealthy")
                let isReady = try await cluster.pod("tcp-fails").condition("Ready") == "True"
                return "ready; \(message.contains("refused") ? "refused" : message), \(isReady ? "ready" : "not ready")"
            },
            CheckCase("a gRPC probe that succeeds, and one that does not", "ready; service unhealthy") { cluster in
                for (name, service) in [("grpc", ""), ("grpc-down", "down")] {
                    try cluster.writePod(
                        name,
                        """
                        containers:
                        - name: app
                          image: "pod-app:latest"
                          args: [serve, --name, x, --grpc, "9000"]
                          readinessProbe: {grpc: {port: 9000, service: "\(service)"}, periodSeconds: 1, timeoutSeconds: 3}
                        """)
                }
                try await cluster.waitReady("grpc")
                let message = try await cluster.waitEvent("grpc-down", "Unhealthy", "unhealthy")
                return "ready; \(message.contains("service unhealthy") ? "service unhealthy" : message)"
            },
            CheckCase("an exec probe, whose failure takes the readiness away again", "ready, not ready, 0 restarts") {
                cluster in
                try await cluster.createPod(
                    "exec",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "touch /tmp/ok; exec sleep 100"]
                      readinessProbe: {exec: {command: [test, -e, /tmp/ok]}, periodSeconds: 1, timeoutSeconds: 3, failureThreshold: 2}
                    """)
                try await cluster.waitReady("exec")
                _ = try await cluster.kubectl("exec", "exec", "--", "rm", "/tmp/ok")
                let pod = try await cluster.wait("exec", "not ready") { $0.condition("Ready") == "False" }
                return "ready, not ready, \(pod.container("app").restarts) restarts"
            },
            CheckCase(
                "a liveness probe that fails restarts the container", "1 restart, exit 137, failed liveness probe"
            ) { cluster in
                try await cluster.createPod(
                    "liveness",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sleep, "100"]
                      livenessProbe: {exec: {command: ["false"]}, periodSeconds: 1, failureThreshold: 2}
                    """)
                let pod = try await cluster.wait("liveness", "restarted") { $0.container("app").restarts == 1 }
                let message = try await cluster.waitEvent("liveness", "Killing", "liveness")
                let code = pod.container("app").lastExitCode ?? -1
                return
                    "1 restart, exit \(code), \(message.contains("failed liveness probe") ? "failed liveness probe" : message)"
            },
            CheckCase("a startup probe holds the others back", "not started, then started and ready, 0 restarts") {
                cluster in
                try await cluster.createPod(
                    "startup",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sleep, "100"]
                      startupProbe: {exec: {command: [test, -e, /tmp/up]}, periodSeconds: 1, failureThreshold: 100}
                      livenessProbe: {exec: {command: [test, -e, /tmp/up]}, periodSeconds: 1, failureThreshold: 1}
                    """)
                _ = try await cluster.waitEvent("startup", "Unhealthy", "Startup")
                let before = try await cluster.pod("startup").container("app")["started"] == true
                _ = try await cluster.kubectl("exec", "startup", "--", "touch", "/tmp/up")
                let pod = try await cluster.waitReady("startup")
                let restarts = pod.container("app").restarts
                return "\(before ? "started" : "not started"), then started and ready, \(restarts) restarts"
            },
        ]
    }
}
