import Foundation
import MeshModel

extension PodSpecification {
    /// Where the sidecar's files are mounted.
    static let sidecarFiles = "/var/run/secrets/osm"

    /// The Pod as somebody creates it whose sidecar was injected.
    var injectedManifest: String {
        var labels = labels
        labels[MeshLabels.proxyUUID] = uid
        let labelLines = labels.sorted { $0.key < $1.key }.map { "    \($0.key): \"\($0.value)\"" }
        let portLines = ports.map { "\n        - name: \($0.name)\n          containerPort: \($0.number)" }.joined()
        let names = isOfStatefulSet ? "\n  hostname: \(shortName)\n  subdomain: \(labels["app"] ?? "")" : ""
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name.name)
              namespace: \(name.namespace)
              labels:
            \(labelLines.joined(separator: "\n"))
            spec:
              serviceAccountName: \(serviceAccount)\(names)
              terminationGracePeriodSeconds: 0
              containers:
                - name: app
                  image: pod-app\(ports.isEmpty ? "" : "\n      ports:")\(portLines)
                - name: envoy
                  image: envoy
                  volumeMounts:
                    - name: osm-xds
                      mountPath: \(Self.sidecarFiles)
              volumes:
                - name: osm-xds
                  projected:
                    sources:
                      - serviceAccountToken:
                          audience: \(MeshLabels.proxyTokenAudience)
                          path: token
                      - configMap:
                          name: osm-ca-bundle

            """
    }

    /// The part of the Pod that the kubelet writes, as JSON.
    func status(isReady: Bool) throws -> String {
        struct Condition: Encodable {
            let type: String
            let status: String
        }
        struct Container: Encodable {
            struct Running: Encodable {
                var startedAt = "2026-01-01T00:00:00Z"
            }
            let name: String
            let ready: Bool
            var started = true
            var restartCount = 0
            var image = "image"
            var imageID = "image"
            var state = ["running": Running()]
        }
        struct Status: Encodable {
            var phase = "Running"
            let podIP: String
            let podIPs: [[String: String]]
            let conditions: [Condition]
            let containerStatuses: [Container]
        }
        let ready = isReady ? "True" : "False"
        let conditions = [
            Condition(type: "PodScheduled", status: "True"), Condition(type: "Initialized", status: "True"),
            Condition(type: "ContainersReady", status: ready), Condition(type: "Ready", status: ready),
        ]
        let status = Status(
            podIP: address, podIPs: [["ip": address]], conditions: conditions,
            containerStatuses: ["app", "envoy"].map { Container(name: $0, ready: isReady) })
        return String(decoding: try JSONEncoder().encode(["status": status]), as: UTF8.self)
    }
}
