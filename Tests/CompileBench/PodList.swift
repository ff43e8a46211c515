import NIOCore

/// Pods as an API server sends them: injected ones, with all that nobody here reads.
struct PodList {
    let count: Int

    /// Source: the page size of the controller's client.
    static let pageSize = 500

    /// The list in pages.
    var pages: [ByteBuffer] {
        stride(from: 0, to: count, by: Self.pageSize).map { first in
            let last = min(first + Self.pageSize, count)
            let more = last < count ? "\"continue\":\"\(last)\"," : ""
            let items = (first..<last).map(Self.pod).joined(separator: ",")
            return ByteBuffer(
                string: """
                    {"kind":"PodList","apiVersion":"v1","metadata":{\(more)"resourceVersion":"9"},"items":[\(items)]}
                    """)
        }
    }

    /// The list as events, a thousand in each part.
    var events: [ByteBuffer] {
        let parts = stride(from: 0, to: count, by: 1_000).map { first in
            (first..<min(first + 1_000, count)).map { #"{"type":"ADDED","object":\#(Self.pod($0))}"# + "\n" }.joined()
        }
        let end = """
            {"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9",\
            "annotations":{"k8s.io/initial-events-end":"true"}}}}

            """
        return (parts + [end]).map { ByteBuffer(string: $0) }
    }

    private static func pod(_ number: Int) -> String {
        let app = "app-\(number / 10)"
        return """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"\(app)-7d9f8b6c5d-\(10_000 + number)",\
            "generateName":"\(app)-7d9f8b6c5d-","namespace":"namespace-\(number / 500)",\
            "uid":"0b5a7c1e-4a1d-4f57-9a55-\(100_000_000_000 + number)","resourceVersion":"\(1_000_000 + number)",\
            "creationTimestamp":"2026-01-31T12:00:00Z","labels":{"app":"\(app)","pod-template-hash":"7d9f8b6c5d",\
            "topology.kubernetes.io/zone":"zone-\(number % 3)"},"annotations":{"checksum/config":"\(text(64))",\
            "kubectl.kubernetes.io/restartedAt":"2026-01-31T12:00:00Z","prometheus.io/scrape":"true"},\
            "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"\(app)-7d9f8b6c5d",\
            "uid":"5a3f8c1e-77d2-4b1a-9d63-112233445566","controller":true,"blockOwnerDeletion":true}],\
            "managedFields":[\(managedFields)]},"spec":{"volumes":[\(volumes)],\
            "initContainers":[\(container("osm-init", variables: 2))],\
            "containers":[\(container("app", variables: 12)),\(container("envoy", variables: 8))],\
            "restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst",\
            "serviceAccountName":"\(app)","serviceAccount":"\(app)","nodeName":"node-\(number % 100)","securityContext":{},\
            "schedulerName":"default-scheduler","tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists",\
            "effect":"NoExecute","tolerationSeconds":300},{"key":"node.kubernetes.io/unreachable","operator":"Exists",\
            "effect":"NoExecute","tolerationSeconds":300}],"priority":0,"enableServiceLinks":true},\(status(number))}
            """
    }

    private static func text(_ length: Int) -> String { String(repeating: "9f86d081", count: length / 8) }

    private static let managedFields = ["kube-controller-manager", "kubelet"].map { manager in
        let fields = (0..<20).map { #""f:field\#($0)":{}"# }.joined(separator: ",")
        return #"""
            {"manager":"\#(manager)","operation":"Update","apiVersion":"v1","time":"2026-01-31T12:00:00Z",\#
            "fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{\#(fields)},"f:spec":{\#(fields)}}}
            """#
    }.joined(separator: ",")

    private static let volumes = """
        {"name":"data","emptyDir":{}},{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":\
        {"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt",\
        "path":"ca.crt"}]}}],"defaultMode":420}},{"name":"osm-xds","projected":{"sources":[{"serviceAccountToken":\
        {"audience":"osm-xds","expirationSeconds":3600,"path":"token"}},{"configMap":{"name":"osm-ca-bundle"}}]}}
        """

    private static func container(_ name: String, variables: Int) -> String {
        let list = (0..<variables).map { #"{"name":"SETTING_\#($0)","value":"some value of a setting \#($0)"}"# }
        return """
            {"name":"\(name)","image":"registry.example/\(name):1.2.3","ports":[{"name":"http","containerPort":8080,\
            "protocol":"TCP"}],"env":[\(list.joined(separator: ","))],"resources":{"limits":{"cpu":"1",\
            "memory":"512Mi"},"requests":{"cpu":"100m","memory":"128Mi"}},"volumeMounts":[{"name":"data",\
            "mountPath":"/data"},{"name":"kube-api-access","readOnly":true,"mountPath":"/var/run/secrets"}],\
            "readinessProbe":{"httpGet":{"path":"/ready","port":8080,"scheme":"HTTP"},"timeoutSeconds":1},\
            "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",\
            "imagePullPolicy":"IfNotPresent","securityContext":{"runAsNonRoot":true,"allowPrivilegeEscalation":false}}
            """
    }

    private static func status(_ number: Int) -> String {
        let address = "10.\(64 + number / 65_536).\(number / 256 % 256).\(number % 256)"
        let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map {
            #"{"type":"\#($0)","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-01-31T12:00:00Z"}"#
        }
        let containers = ["app", "envoy"].map { name in
            """
            {"name":"\(name)","state":{"running":{"startedAt":"2026-01-31T12:00:00Z"}},"lastState":{},"ready":true,\
            "restartCount":0,"image":"registry.example/\(name):1.2.3","imageID":"registry.example/\(name)@sha256:\(text(64))",\
            "containerID":"containerd://\(text(64))","started":true}
            """
        }
        return """
            "status":{"phase":"Running","conditions":[\(conditions.joined(separator: ","))],"hostIP":"192.168.1.1",\
            "podIP":"\(address)","podIPs":[{"ip":"\(address)"}],"startTime":"2026-01-31T12:00:00Z",\
            "containerStatuses":[\(containers.joined(separator: ","))],"qosClass":"Burstable"}
            """
    }
}
