import Foundation
import NIOHTTP1

extension CheckCase {
    /// A container that prints the time in milliseconds, and what it is asked to do.
    private static let clock = """
        n() { date +%s%3N; }; b=$(n); trap 'echo term $(( $(n) - b )); [ -n \\"$STAY\\" ] || exit 0' TERM; echo up; while :; do sleep 0.05; done
        """

    /// The end of what a container printed, which stays on the node.
    private static func lastLog(_ pod: String, _ container: String, _ cluster: CheckCluster) throws -> String {
        let logs = "\(cluster.directory)/logs"
        let names = try FileManager.default.contentsOfDirectory(atPath: logs)
        guard let name = names.first(where: { $0.hasPrefix("default_\(pod)_") }) else {
            throw RigError("no log of \(pod)")
        }
        return try CheckFile.words("\(logs)/\(name)/\(container)/0.log")
    }

    static var endings: [CheckCase] {
        [
            CheckCase("a pod that is deleted gets SIGTERM, and goes when it has ended", "up term, gone soon") {
                cluster in
                try await cluster.createPod(
                    "deleted", "containers: [{name: app, image: \"tools:1\", command: [sh, -c, \"\(clock)\"]}]")
                _ = try await cluster.waitLog("deleted", "up")
                let start = ContinuousClock.now
                try await cluster.delete("deleted", grace: 30)
                try await cluster.waitGone("deleted")
                let words = try lastLog("deleted", "app", cluster).split(separator: " ").prefix(2)
                return
                    "\(words.joined(separator: " ")), gone \(ContinuousClock.now - start < .seconds(15) ? "soon" : "late")"
            },
            CheckCase(
                "a program that stays gets SIGKILL when its time is over", "up term, after the grace period of 2 s"
            ) {
                cluster in
                try await cluster.createPod(
                    "stays",
                    "containers: [{name: app, image: \"tools:1\", env: [{name: STAY, value: y}], command: [sh, -c, \"\(clock)\"]}]"
                )
                _ = try await cluster.waitLog("stays", "up")
                let start = ContinuousClock.now
                try await cluster.delete("stays")
                try await cluster.waitGone("stays")
                let took = ContinuousClock.now - start
                let words = try lastLog("stays", "app", cluster).split(separator: " ").prefix(2)
                return
                    "\(words.joined(separator: " ")), \(took >= .seconds(2) ? "after" : "before") the grace period of 2 s"
            },
            CheckCase("a program of another user that stays is killed before the next run", "it ran, it is killed") {
                cluster in
                let mark = "stays-as-user"
                func processes() -> Set<String> {
                    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
                    return Set(
                        all.filter { Int($0) != nil && SystemFile.text("/proc/\($0)/cmdline").contains(mark) })
                }
                try await cluster.createPod(
                    mark,
                    """
                    securityContext: {runAsUser: 1000}
                    containers:
                    - name: app
                      image: "tools:1"
                      env: [{name: STAY, value: y}]
                      command: [sh, -c, ": \(mark); \(clock)"]
                      livenessProbe: {exec: {command: ["false"]}, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 1}
                    """)
                _ = try await cluster.waitLog(mark, "up")
                let former = processes()
                try await cluster.wait(mark, "restarted") { $0.container("app").restarts > 0 }
                try await cluster.wait("the former program is gone") { processes().isDisjoint(with: former) }
                return "\(former.isEmpty ? "it did not run" : "it ran"), it is killed"
            },
            CheckCase("preStop runs before SIGTERM, by exec and by HTTP", "hook term; GET /bye") { cluster in
                try await cluster.createPod(
                    "pre-stop",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "trap 'echo term >> /h/pre-stop; exit 0' TERM; while :; do sleep 0.05; done"]
                      lifecycle: {preStop: {exec: {command: [sh, -c, "echo hook >> /h/pre-stop; sleep 0.5"]}}}
                      volumeMounts: [{name: h, mountPath: /h}]
                    - name: web
                      image: "tools:1"
                      command: [/usr/bin/python3, -u, -m, http.server, "8000"]
                      lifecycle: {preStop: {httpGet: {path: /bye, port: 8000}}}
                      readinessProbe: {tcpSocket: {port: 8000}, periodSeconds: 1}
                    volumes: [{name: h, hostPath: {path: "\(cluster.directory)/hooks", type: DirectoryOrCreate}}]
                    """)
                try await cluster.waitReady("pre-stop")
                try await cluster.delete("pre-stop", grace: 5)
                try await cluster.waitGone("pre-stop")
                let web = try lastLog("pre-stop", "web", cluster)
                return try CheckFile.words("\(cluster.directory)/hooks/pre-stop")
                    + (web.contains("\"GET /bye HTTP/1.1\"") ? "; GET /bye" : "; \(web)")
            },
            CheckCase("a pod leaves the endpoints before it has ended", "1 endpoint, then 0 while it runs") { cluster in
                try await cluster.createPod(
                    "leaves",
                    "containers: [{name: app, image: \"tools:1\", env: [{name: STAY, value: y}], command: [sh, -c, \"\(clock)\"]}]"
                )
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: leaves}
                    spec: {selector: {app: leaves}, ports: [{port: 80}]}
                    """)
                func count() async throws -> Int {
                    let path = "/api/v1/namespaces/default/endpoints/leaves"
                    let subsets = (try? await cluster.api.send(.GET, path))?["subsets"]?.array ?? []
                    return subsets.reduce(0) { $0 + ($1["addresses"]?.array?.count ?? 0) }
                }
                try await cluster.wait("one endpoint") { try await count() == 1 }
                try await cluster.delete("leaves", grace: 20)
                try await cluster.wait("no endpoint") { try await count() == 0 }
                let isThere = (try? await cluster.pod("leaves")) != nil
                try await cluster.delete("leaves", grace: 0)
                return "1 endpoint, then 0 \(isThere ? "while it runs" : "when it was gone")"
            },
            CheckCase("a pod that is deleted at once leaves no process", "gone, 0 processes") { cluster in
                try await cluster.createPod(
                    "forced", "containers: [{name: app, image: \"tools:1\", command: [sleep, \"98765\"]}]")
                try await cluster.waitReady("forced")
                try await cluster.delete("forced", grace: 0)
                try await cluster.waitGone("forced")
                func count() async throws -> Int {
                    try await Program(["pgrep", "-c", "-f", "^sleep 98765"]).run().output
                        .split(separator: "\n").first.flatMap { Int($0) } ?? -1
                }
                try await cluster.wait("no process") { try await count() == 0 }
                return "gone, \(try await count()) processes"
            },
        ]
    }
}
