internal import MeshModel

extension Installation {
    private static let controller = "osm.osmController"
    private static let container = ["spec", "template", "spec", "containers", "0"]

    /// The controller with what it needs.
    func controlPlane() throws -> [InstallationObject] {
        var objects = [try Manifests.namespace.object()]
        objects += try Manifests.permissions.flatMap { try $0.objects() }
        objects += try Manifests.services.objects()
        objects.append(try deployment())
        if values.isTrue("\(Self.controller).enablePodDisruptionBudget") {
            objects.append(try Manifests.disruptionBudget.object())
        }
        if values.isTrue("\(Self.controller).autoScale.enable") { objects.append(try autoscaler()) }
        return objects
    }

    private func deployment() throws -> InstallationObject {
        var object = try Manifests.deployment.object()
        var content = object.content
        content["metadata", "labels", "meshName"] = .string(meshName)
        content["metadata", "labels", "enforceSingleMesh"] = .string("\(enforcesSingleMesh)")
        // A digest does not say which version it is: `osm mesh list` looks here. A label has 63 characters at most.
        if !values.text("osm.image.digest.osmController").isEmpty, let tag = values.given["osm.image.tag"]?.text,
            (1...63).contains(tag.utf8.count)
        {
            content["metadata", "labels", "app.kubernetes.io/version"] = .string(tag)
        }
        if values.isTrue("\(Self.controller).autoScale.enable") {
            // How many there are is the autoscaler's to say.
            content["spec", "replicas"] = nil
        } else if let count = values.given["\(Self.controller).replicaCount"] {
            content["spec", "replicas"] = count
        }
        for (name, value) in (values["\(Self.controller).podLabels"].members ?? [:]) {
            content["spec", "template", "metadata", "labels", name] = .string(value.written)
        }
        content = placed(content, Self.controller, further: values["osm.controlPlaneTolerations"].elements)
        if case .array(let secrets) = values["osm.imagePullSecrets"], !secrets.isEmpty {
            content["spec", "template", "spec", "imagePullSecrets"] = .array(secrets)
        }
        content[Self.container + ["image"]] = .string(image("osmController"))
        content[Self.container + ["imagePullPolicy"]] = values["osm.image.pullPolicy"]
        let resources = content[Self.container + ["resources"]] ?? [:]
        content[Self.container + ["resources"]] = resources.merging(values["\(Self.controller).resource"])
        let words = (content[Self.container + ["args"]]?.elements ?? []) + arguments.map { .string($0) }
        content[Self.container + ["args"]] = .array(words)
        object.content = withImages(content)
        return object
    }

    /// What the controller is told beside what the manifest says.
    private var arguments: [String] {
        var words: [String] = []
        if meshName != Self.meshInManifests {
            words += ["--mesh-name=\(meshName)", "--cluster-role=\(clusterRole)"]
        }
        for (option, path) in [
            ("trust-domain", "osm.trustDomain"), ("webhook-timeout", "osm.injector.webhookTimeoutSeconds"),
            ("osm-container-pull-policy", "osm.image.pullPolicy"), ("lazy-above", "osm.osmController.lazyAbove"),
        ] where values[path] != ValueKey.byPath[path]?.initial {
            words.append("--\(option)=\(values[path].written)")
        }
        return words
    }

    /// The images of sidecars, which the controller has from its environment.
    private func withImages(_ content: JSONContent) -> JSONContent {
        let images = [
            "OSM_DEFAULT_ENVOY_IMAGE": values.text("osm.sidecarImage"),
            "OSM_DEFAULT_INIT_CONTAINER_IMAGE": image("osmSidecarInit"),
            "OSM_DEFAULT_HEALTHCHECK_CONTAINER_IMAGE": image("osmHealthcheck"),
        ]
        var content = content
        let path = Self.container + ["env"]
        for (index, variable) in (content[path]?.elements ?? []).enumerated() {
            guard let image = images[variable["name"]?.text ?? ""] else { continue }
            content[path + ["\(index)", "value"]] = .string(image)
        }
        return content
    }

    /// The name of an image: by its digest if one is given, which does not change, else by its tag.
    private func image(_ component: String) -> String {
        let registry = values.text("osm.image.registry")
        let name = (registry.isEmpty ? "" : "\(registry)/") + values.text("osm.image.name.\(component)")
        let digest = values.text("osm.image.digest.\(component)")
        if !digest.isEmpty { return "\(name)@\(digest)" }
        let tag = values.text("osm.image.tag")
        return tag.isEmpty ? name : "\(name):\(tag)"
    }

    private func autoscaler() throws -> InstallationObject {
        var object = try Manifests.autoscaler.object()
        let prefix = "\(Self.controller).autoScale"
        object.content["spec", "minReplicas"] = values["\(prefix).minReplicas"]
        object.content["spec", "maxReplicas"] = values["\(prefix).maxReplicas"]
        for (index, metric) in (object.content["spec", "metrics"]?.elements ?? []).enumerated() {
            let name = metric["resource", "name"]?.text ?? ""
            object.content["spec", "metrics", "\(index)", "resource", "target", "averageUtilization"] =
                values["\(prefix).\(name).targetAverageUtilization"]
        }
        return object
    }

    /// Where the pods of a Deployment may run.
    func placed(_ content: JSONContent, _ component: String, further: [JSONContent] = []) -> JSONContent {
        var content = content
        let pod = ["spec", "template", "spec"]
        if case .object(let affinity) = values["\(component).affinity"], !affinity.isEmpty {
            content[pod + ["affinity"]] = .object(affinity)
        }
        let tolerations = further + values["\(component).tolerations"].elements
        if !tolerations.isEmpty { content[pod + ["tolerations"]] = .array(tolerations) }
        if case .object(let selector) = values["\(component).nodeSelector"], !selector.isEmpty {
            content[pod + ["nodeSelector"]] = .object(selector.mapValues { .string($0.written) })
        }
        return content
    }
}
