import MeshModel

extension ObjectManifest {
    static func ingressBackend(_ object: IngressBackend) -> Fields {
        let backends = object.backends.map { backend in
            var fields: Fields = [
                "name": backend.service, "port": ["number": backend.port, "protocol": backend.portProtocol] as Fields,
            ]
            if let tls = backend.tls {
                fields["tls"] =
                    ["skipClientCertValidation": tls.skipClientCertValidation, "sniHosts": tls.sniHosts] as Fields
            }
            return fields
        }
        let sources = object.sources.map { source in
            var fields: Fields = ["kind": source.kind, "name": source.name]
            if !source.namespace.isEmpty { fields["namespace"] = source.namespace }
            return fields
        }
        var spec: Fields = ["backends": backends, "sources": sources]
        if object.hasMatches {
            spec["matches"] = [
                ["apiGroup": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "name": "g0"] as Fields
            ]
        }
        return manifest("policy.openservicemesh.io/v1alpha1", "IngressBackend", object.metadata, ["spec": spec])
    }
}
