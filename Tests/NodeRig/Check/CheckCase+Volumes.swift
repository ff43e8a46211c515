import Foundation
import NIOHTTP1

extension CheckCase {
    static var volumes: [CheckCase] {
        [
            CheckCase(
                "a projected token is the pod's own",
                "authenticated, system:serviceaccount:default:default, bound to its pod, mode 644"
            ) { cluster in
                try await cluster.createPod(
                    "token",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "stat -L -c %a /t/token; cat /t/token; exec sleep 100"]
                      volumeMounts: [{name: t, mountPath: /t, readOnly: true}]
                    volumes:
                    - name: t
                      projected: {sources: [{serviceAccountToken: {path: token, audience: osm-xds, expirationSeconds: 3600}}]}
                    """)
                let pod = try await cluster.waitReady("token")
                let token = try await cluster.waitLog("token", ".")
                let mode = try await cluster.log("token").prefix { $0 != "\n" }
                let review: JSONValue = [
                    "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                    "spec": ["token": .string(token), "audiences": ["osm-xds"]],
                ]
                let status = try await cluster.api.send(.POST, "/apis/authentication.k8s.io/v1/tokenreviews", review)[
                    "status"]
                let uid = status?.at("user", "extra", "authentication.kubernetes.io/pod-uid")?.array?.first
                let isBound = uid != nil && uid == pod.at("metadata", "uid")
                return [
                    status?["authenticated"] == true ? "authenticated" : "refused",
                    status?.at("user", "username")?.string ?? "", isBound ? "bound to its pod" : "not bound",
                    "mode \(mode)",
                ].joined(separator: ", ")
            },
            CheckCase("a token is renewed by a rename", "link ..data/token, renewed, other text") { cluster in
                try await cluster.createPod(
                    "token-renewed",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "readlink /t/token; a=$(cat /t/token); d=$(readlink /t/..data); while [ $(readlink /t/..data) = $d ]; do sleep 0.2; done; echo renewed; [ $a = $(cat /t/token) ] || echo other text"]
                      volumeMounts: [{name: t, mountPath: /t}]
                    volumes:
                    - name: t
                      projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 600}}]}
                    """)
                _ = try await cluster.waitEnd("token-renewed")
                return "link " + (try await cluster.log("token-renewed")).replacing("\n", with: ", ")
            },
            CheckCase("a ConfigMap that is missing is waited for", "ContainerCreating, FailedMount, then ready") {
                cluster in
                try await cluster.createPod(
                    "config-missing",
                    """
                    containers: [{name: app, image: "tools:1", command: [sleep, "100"], volumeMounts: [{name: c, mountPath: /c}]}]
                    volumes: [{name: c, projected: {sources: [{configMap: {name: late}}]}}]
                    """)
                let message = try await cluster.waitEvent("config-missing", "FailedMount", "\"late\" not found")
                let before = try await cluster.pod("config-missing").container("app").waitingReason
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: late}
                    data: {key: value}
                    """)
                try await cluster.waitReady("config-missing")
                return "\(before), \(message.isEmpty ? "" : "FailedMount"), then ready"
            },
            CheckCase("a ConfigMap that changes changes its files", "one, then two; subPath one") { cluster in
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: changing}
                    data: {key: one}
                    """)
                try await cluster.createPod(
                    "config-changes",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "cat /c/key; echo; while ! grep -q two /c/key; do sleep 0.2; done; cat /c/key /s"]
                      volumeMounts: [{name: c, mountPath: /c}, {name: c, mountPath: /s, subPath: key}]
                    volumes: [{name: c, configMap: {name: changing}}]
                    """)
                _ = try await cluster.waitLog("config-changes", "one")
                try await cluster.api.send(
                    .PATCH, "/api/v1/namespaces/default/configmaps/changing", ["data": ["key": "two\n"]],
                    type: "application/merge-patch+json")
                _ = try await cluster.waitEnd("config-changes")
                let words = try await cluster.log("config-changes").split(separator: "\n")
                return words.count == 3 ? "\(words[0]), then \(words[1]); subPath \(words[2])" : "\(words)"
            },
            CheckCase("Secrets, items, modes and the downward API", "pass 400, app=\"volumes\", 64Mi is 64") {
                cluster in
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: secret}
                    stringData: {password: pass}
                    """)
                try await cluster.createPod(
                    "volumes",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      resources: {limits: {memory: 64Mi}}
                      command: [sh, -c, "echo $(cat /s/dir/p) $(stat -L -c %a /s/dir/p), $(cat /d/labels), 64Mi is $(cat /d/memory)"]
                      volumeMounts: [{name: s, mountPath: /s}, {name: d, mountPath: /d}]
                    volumes:
                    - {name: s, secret: {secretName: secret, defaultMode: 0400, items: [{key: password, path: dir/p}]}}
                    - name: d
                      downwardAPI:
                        items:
                        - {path: labels, fieldRef: {fieldPath: metadata.labels}}
                        - {path: memory, resourceFieldRef: {containerName: app, resource: limits.memory, divisor: 1Mi}}
                    """)
                _ = try await cluster.waitEnd("volumes")
                return try await cluster.log("volumes")
            },
        ]
    }
}
