import Foundation
import Subprocess

extension CheckCase {
    static var kubectl: [CheckCase] {
        [
            CheckCase(
                "kubectl logs: all, the last lines, followed, and of the run before", "1 2 3; 3; 1 2 3 end; 1 2 3 end"
            ) { cluster in
                let wait = "while ! [ -e /v/go ]; do sleep 0.1; done"
                let script =
                    "[ -e /v/go ] && { echo again; exec sleep 1000; }; for i in 1 2 3; do echo $i; done; \(wait)"
                try await cluster.createPod(
                    "logs",
                    """
                    containers: [{name: app, image: "tools:1", command: [sh, -c, "\(script); echo end"], volumeMounts: [{name: v, mountPath: /v}]}]
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                _ = try await cluster.waitLog("logs", "3")
                @Sendable func logs(_ words: String...) async throws -> String {
                    try await Program(cluster.kubectlCommand(["logs", "logs"] + words)).run().output
                        .split(separator: "\n").joined(separator: " ")
                }
                var found = [try await logs(), try await logs("--tail", "1")]
                async let followed = logs("--follow")
                try await Task.sleep(for: .seconds(1))
                _ = try await cluster.kubectl("exec", "logs", "--", "touch", "/v/go")
                found.append(try await followed)
                _ = try await cluster.waitLog("logs", "again")
                found.append(try await logs("--previous"))
                return found.joined(separator: "; ")
            },
            CheckCase("kubectl exec: output, complaints, input and the exit code", "out, err, in, exit 3") { cluster in
                try await cluster.createPod(
                    "exec-pod", "containers: [{name: app, image: \"tools:1\", command: [sleep, \"100\"]}]")
                try await cluster.waitReady("exec-pod")
                let outcome = try await cluster.kubectl(
                    "exec", "-i", "exec-pod", "--", "sh", "-c", "echo out; echo err >&2; cat; exit 3", input: "in\n")
                let words = outcome.output.split(separator: "\n").map(String.init)
                let isHeard = outcome.errors.hasPrefix("err\n")
                return words.count == 2
                    ? "\(words[0]), \(isHeard ? "err" : ""), \(words[1]), exit \(outcome.status)" : "\(outcome)"
            },
            CheckCase(
                "kubectl port-forward to what listens on loopback only",
                "3 answers by loopback, 300000 bytes there and back"
            ) { cluster in
                try await cluster.createPod(
                    "forward",
                    """
                    containers:
                    - {name: app, image: "pod-app:latest", args: [serve, --name, loopback, --http, "8080", --bind, 127.0.0.1]}
                    """)
                _ = try await cluster.waitLog("forward", "ready")
                return try await withThrowingTaskGroup(of: String?.self) { group in
                    group.addTask {
                        let words = cluster.kubectlCommand(["port-forward", "pod/forward", "19080:8080"])
                        // It runs until it is not needed.
                        _ = try await Program(words).run()
                        return nil
                    }
                    group.addTask {
                        let url = "http://127.0.0.1:19080"
                        try await cluster.wait("the forwarded port answers") {
                            try await Program(["curl", "-s", "-m", "5", "\(url)/"]).run().status == 0
                        }
                        var answers = 0
                        for _ in 0..<3 {
                            let text = try await Program(["curl", "-s", "-m", "5", "\(url)/"]).check()
                            answers += text.contains("\"app\":\"loopback\"") ? 1 : 0
                        }
                        let body = String(repeating: "0123456789", count: 30_000)
                        let echo = try await Program(
                            ["curl", "-s", "-m", "20", "--data-binary", "@-", "\(url)/echo-body"]).check(input: body)
                        return "\(answers) answers by loopback, \(echo == body ? echo.count : -1) bytes there and back"
                    }
                    defer { group.cancelAll() }
                    while let next = try await group.next() { if let next { return next } }
                    return "kubectl ended"
                }
            },
        ]
    }
}
