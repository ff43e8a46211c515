/// Objects of one kind in many shapes.
struct ServedShapes {
    /// The object by its name, without what all have, and what is written to its status afterwards.
    let manifests: [(name: String, object: String, status: String?)]

    private static let ended = "{\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\"}}"
    private static let failed = "{\"terminated\":{\"exitCode\":3}}"
    private static let running = "{\"running\":{\"startedAt\":\"2026-01-31T12:00:00Z\"}}"

    private static func pod(_ metadata: String, _ spec: String) -> String {
        let spec = "\"automountServiceAccountToken\":false,\(spec)"
        return "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\(metadata)},\"spec\":{\(spec)}}"
    }

    private static func container(_ name: String, _ ports: String = "") -> String {
        "{\"name\":\"\(name)\",\"image\":\"i\",\"ports\":[\(ports)]}"
    }

    private static func status(_ states: [(String, String)], phase: String = "Running") -> String {
        let statuses = states.map { name, state in
            """
            {"name":"\(name)","state":\(state),"ready":false,"restartCount":0,"image":"i","imageID":"",
             "lastState":{"terminated":{"exitCode":9}}}
            """
        }
        return "{\"status\":{\"phase\":\"\(phase)\",\"containerStatuses\":[\(statuses.joined(separator: ","))]}}"
    }

    static let pods = Self(manifests: [
        ("bare", pod("\"name\":\"bare\"", "\"containers\":[\(container("c"))]"), nil),
        (
            "named",
            pod(
                """
                "name":"named","labels":{"app":"a","version":"","osm-proxy-uuid":"u"},
                "annotations":{"openservicemesh.io/sidecar-injection":"enabled",
                 "openservicemesh.io/inbound-port-exclusion-list":"",
                 "other":"\(String(repeating: "long ü ", count: 2_000))"},
                "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"first","uid":"1"},
                 {"apiVersion":"apps/v1","kind":"StatefulSet","name":"second","uid":"2","controller":true}]
                """,
                """
                "serviceAccountName":"app","containers":[
                 \(container("a", #"{"containerPort":80},{"containerPort":65535,"name":"last","protocol":"TCP"}"#)),
                 \(container("b", #"{"containerPort":53,"protocol":"UDP"},{"containerPort":54,"protocol":"SCTP"}"#))],
                "initContainers":[\(container("i", #"{"containerPort":1}"#))]
                """),
            """
            {"status":{"phase":"Running","podIP":"10.1.2.3","podIPs":[{"ip":"10.1.2.3"},{"ip":"fd00::12"}]}}
            """
        ),
        (
            "tokens",
            pod(
                "\"name\":\"tokens\",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\","
                    + "\"name\":\"web-7d9f8b6c5d\",\"uid\":\"1\",\"controller\":true}]",
                """
                "containers":[\(container("c"))],"volumes":[{"name":"e","emptyDir":{}},{"name":"s","secret":{"secretName":"s"}},
                 {"name":"p","projected":{"sources":[{"configMap":{"name":"c"}},{"serviceAccountToken":{"path":"t"}},
                  {"serviceAccountToken":{"audience":"osm-xds","path":"u"}}]}}]
                """), "{\"status\":{\"podIP\":\"fd00::13\",\"podIPs\":[{\"ip\":\"fd00::13\"}]}}"
        ),
        (
            "other-audience",
            pod(
                "\"name\":\"other-audience\"",
                """
                "containers":[\(container("c"))],
                "volumes":[{"name":"p","projected":{"sources":[{"serviceAccountToken":{"audience":"vault","path":"u"}}]}}]
                """), nil
        ),
        (
            "job-ended",
            pod(
                "\"name\":\"job-ended\"",
                "\"restartPolicy\":\"Never\",\"containers\":[\(container("c")),\(container("envoy"))]"),
            status([("c", failed), ("envoy", running)])
        ),
        (
            "job-failed",
            pod("\"name\":\"job-failed\"", "\"restartPolicy\":\"OnFailure\",\"containers\":[\(container("c"))]"),
            status([("c", failed)])
        ),
        (
            "job-done",
            pod("\"name\":\"job-done\"", "\"restartPolicy\":\"OnFailure\",\"containers\":[\(container("c"))]"),
            status([("c", ended)], phase: "Succeeded")
        ),
        (
            "job-running",
            pod(
                "\"name\":\"job-running\"",
                "\"restartPolicy\":\"Never\",\"containers\":[\(container("c")),\(container("d"))]"),
            status([("d", ended)])
        ),
    ])

    private static func service(_ name: String, _ spec: String) -> (String, String, String?) {
        (
            name,
            "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"\(name)\"},\"spec\":{\(spec)}}",
            nil
        )
    }

    static let services = Self(manifests: [
        service("plain", "\"ports\":[{\"port\":80}],\"selector\":{\"app\":\"none\",\"tier\":\"x\"}"),
        service(
            "ports",
            """
            "type":"NodePort","ports":[{"name":"http","port":80,"targetPort":"web","appProtocol":"http"},
             {"name":"grpc","port":81,"targetPort":8081},{"name":"dns","port":53,"protocol":"UDP"},
             {"name":"last","port":65535,"protocol":"SCTP","targetPort":1}]
            """),
        service("headless", "\"clusterIP\":\"None\",\"ports\":[{\"port\":80,\"targetPort\":\"web\"}]"),
        service("no-ports", "\"clusterIP\":\"None\",\"selector\":{\"app\":\"none\"}"),
        service("external", "\"type\":\"ExternalName\",\"externalName\":\"example.com\""),
        service("balanced", "\"type\":\"LoadBalancer\",\"ports\":[{\"port\":443}]"),
    ])

    private static func slice(_ name: String, _ fields: String, labels: String = "") -> (String, String, String?) {
        (
            name,
            "{\"apiVersion\":\"VERSION\",\"kind\":\"EndpointSlice\",\"metadata\":{\"name\":\"\(name)\","
                + "\"labels\":{\(labels)}},\(fields)}", nil
        )
    }

    /// `VERSION` stands for what the server has.
    static let slices = Self(manifests: [
        slice(
            "full",
            """
            "addressType":"IPv4","ports":[{"name":"http","port":8080,"protocol":"TCP"},{"name":"","port":53,"protocol":"UDP"}],
            "endpoints":[{"addresses":["10.0.0.1","10.0.0.2"],"conditions":{"ready":true},
              "targetRef":{"kind":"Pod","namespace":"other","name":"a","uid":"1"}},
             {"addresses":["10.0.0.3"],"conditions":{"ready":false},"targetRef":{"kind":"Pod","name":"b"}},
             {"addresses":["10.0.0.4"],"targetRef":{"kind":"Node","name":"n"}},{"addresses":["10.0.0.5"]}]
            """, labels: "\"kubernetes.io/service-name\":\"s\""),
        slice("six", "\"addressType\":\"IPv6\",\"ports\":[],\"endpoints\":[{\"addresses\":[\"fd00::1\"]}]"),
        slice(
            "names",
            "\"addressType\":\"FQDN\",\"ports\":[{}],\"endpoints\":[{\"addresses\":[\"example.com\"]}]"),
        slice("empty", "\"addressType\":\"IPv4\",\"endpoints\":[]"),
    ])
}
