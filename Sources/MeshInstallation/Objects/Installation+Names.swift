internal import MeshModel

extension Installation {
    /// The name of the roles in all namespaces, by which several meshes in one cluster do not share theirs.
    var clusterRole: String { clusterScoped("osm-controller") }

    /// The name of an object that is in no namespace.
    func clusterScoped(_ name: String) -> String {
        meshName == Self.meshInManifests ? name : "\(name)-\(meshName)"
    }

    /// An object of the manifests in this mesh: its namespace, and the mesh's name, wherever they stand.
    func named(_ object: InstallationObject) -> InstallationObject {
        var object = object
        if object.content["metadata", "namespace"] != nil {
            object.content["metadata", "namespace"] = .string(namespace)
        }
        if object.content["metadata", "labels", "app.kubernetes.io/instance"] != nil {
            object.content["metadata", "labels", "app.kubernetes.io/instance"] = .string(meshName)
        }
        switch object.kind {
        case "Namespace": object.content["metadata", "name"] = .string(namespace)
        case "ClusterRole": object.content = clusterRole(object.content)
        case "ClusterRoleBinding":
            object.content = binding(object.content)
            object.content["metadata", "name"] = object.content["roleRef", "name"]
        case "RoleBinding": object.content = binding(object.content)
        case "Deployment":
            let label = ["spec", "template", "metadata", "labels", "app.kubernetes.io/instance"]
            object.content[label] = .string(meshName)
        default: break
        }
        return object
    }

    /// A role that names the webhook configurations of the mesh, and itself.
    private func clusterRole(_ content: JSONContent) -> JSONContent {
        var content = content
        let name = content["metadata", "name"]?.text ?? ""
        content["metadata", "name"] = .string(clusterScoped(name))
        let names: [String: String] = [
            "osm-webhook-osm": "osm-webhook-\(meshName)",
            "osm-validator-mesh-osm": "osm-validator-mesh-\(meshName)", name: clusterScoped(name),
        ]
        for index in (content["rules"]?.elements ?? []).indices {
            let path = ["rules", "\(index)", "resourceNames"]
            guard let named = content[path] else { continue }
            content[path] = .array(named.elements.map { .string(names[$0.text ?? ""] ?? $0.text ?? "") })
        }
        return content
    }

    /// A binding of a role to an account of the control plane's namespace.
    private func binding(_ content: JSONContent) -> JSONContent {
        var content = content
        if content["roleRef", "kind"] == "ClusterRole", let name = content["roleRef", "name"]?.text {
            content["roleRef", "name"] = .string(clusterScoped(name))
        }
        for index in (content["subjects"]?.elements ?? []).indices {
            content["subjects", "\(index)", "namespace"] = .string(namespace)
        }
        return content
    }
}
