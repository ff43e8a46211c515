internal import MeshModel

extension Installation {
    private static let container = ["spec", "template", "spec", "containers", "0"]

    /// What is installed beside the control plane: a Prometheus, a Grafana, a Jaeger.
    func addons() throws -> [InstallationObject] {
        var objects: [InstallationObject] = []
        if values.isTrue("osm.deployPrometheus") { objects += try prometheus() }
        if values.isTrue("osm.deployGrafana") { objects += try grafana() }
        if values.isTrue("osm.deployJaeger") {
            objects += try Manifests.jaeger.objects().map { object in
                component(object, "osm.tracing", port: nil) { content in
                    // Proxies send spans to the port that the MeshConfig names.
                    let port = values["osm.tracing.port"]
                    content[Self.container + ["args"]] = [.string("--collector.zipkin.host-port=:\(port.written)")]
                    content[Self.container + ["ports", "0", "containerPort"]] = port
                } service: { content in
                    content["spec", "ports", "0", "port"] = values["osm.tracing.port"]
                }
            }
        }
        return objects
    }

    private func prometheus() throws -> [InstallationObject] {
        let scrapeConfigs = try InstallationObject([
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": "osm-prometheus-scrape-configs", "namespace": .string(namespace),
                "labels": [
                    "app.kubernetes.io/name": "openservicemesh.io", "app.kubernetes.io/instance": .string(meshName),
                ],
            ],
            "data": ["scrape-configs.yaml": .string(Manifests.scrapeConfigs.text)],
        ])
        let port = values["osm.prometheus.port"]
        let server = try Manifests.prometheus.objects().map { object in
            component(object, "osm.prometheus", port: port) { content in
                let words = content[Self.container + ["args"]]?.elements ?? []
                content[Self.container + ["args"]] = .array(
                    words.map { word in
                        switch word.text?.prefix(while: { $0 != "=" }) {
                        case "--storage.tsdb.retention.time":
                            .string("--storage.tsdb.retention.time=\(values.text("osm.prometheus.retention.time"))")
                        case "--web.listen-address": .string("--web.listen-address=:\(port.written)")
                        default: word
                        }
                    })
                let resources = content[Self.container + ["resources"]] ?? [:]
                content[Self.container + ["resources"]] = resources.merging(values["osm.prometheus.resources"])
            }
        }
        return try Manifests.prometheusPermissions.objects() + [scrapeConfigs] + server
    }

    private func grafana() throws -> [InstallationObject] {
        try Manifests.grafana.objects().map { object in
            if object.kind == "ConfigMap" {
                var object = object
                let path = ["data", "prometheus.yaml"]
                let address = "osm-prometheus:\(values["osm.prometheus.port"].written)"
                let text = object.content[path]?.text ?? ""
                object.content[path] = .string(text.replacing("osm-prometheus:7070", with: address))
                return object
            }
            return component(object, "osm.grafana", port: values["osm.grafana.port"]) { content in
                content[Self.container + ["env", "0", "value"]] = .string(values["osm.grafana.port"].written)
            }
        }
    }

    /// An object of an add-on with the settings that all of them have.
    private func component(
        _ object: InstallationObject, _ prefix: String, port: JSONContent?,
        deployment: (inout JSONContent) -> Void, service: (inout JSONContent) -> Void = { _ in }
    ) -> InstallationObject {
        var object = object
        switch object.kind {
        case "Service":
            if let port {
                object.content["spec", "ports", "0", "port"] = port
                object.content["spec", "ports", "0", "targetPort"] = port
            }
            service(&object.content)
        case "Deployment":
            object.content[Self.container + ["image"]] = values["\(prefix).image"]
            if let port { object.content[Self.container + ["ports", "0", "containerPort"]] = port }
            object.content = placed(object.content, prefix)
            if case .array(let secrets) = values["osm.imagePullSecrets"], !secrets.isEmpty {
                object.content["spec", "template", "spec", "imagePullSecrets"] = .array(secrets)
            }
            deployment(&object.content)
        default: break
        }
        return object
    }
}
