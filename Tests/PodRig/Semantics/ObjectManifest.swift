import Foundation
import MeshModel
import Oracle

/// Objects as somebody would write them: the inverse of reading manifests, mistakes included.
enum ObjectManifest {
    typealias Fields = [String: Any]

    /// All objects of a mesh, a document each.
    static func text(of objects: MeshObjects) throws -> String {
        var documents: [Fields] = []
        documents += objects.namespaces.values.map { manifest("v1", "Namespace", $0.metadata, [:]) }
        documents += objects.pods.values.map(pod)
        documents += objects.services.values.map(service)
        documents += objects.slices.values.map(slice)
        documents += objects.configs.values.map(config)
        documents += objects.targets.values.map(target)
        documents += objects.groups.values.map(group)
        documents += objects.tcpRoutes.values.map(tcpRoute)
        documents += objects.splits.values.map(split)
        documents += objects.retries.values.map(retry)
        documents += objects.egresses.values.map(egress)
        documents += objects.ingressBackends.values.map(ingressBackend)
        let texts = try documents.map { document in
            String(
                decoding: try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys]), as: UTF8.self)
        }
        return texts.sorted().joined(separator: "\n---\n") + "\n"
    }

    static func manifest(
        _ version: String, _ kind: String, _ metadata: ObjectMetadata, _ fields: Fields
    ) -> Fields {
        var names: Fields = ["name": metadata.name]
        if !metadata.namespace.isEmpty { names["namespace"] = metadata.namespace }
        if !metadata.uid.isEmpty { names["uid"] = metadata.uid }
        if let creation = metadata.creation {
            let date = Date(timeIntervalSince1970: TimeInterval(creation.seconds))
            names["creationTimestamp"] = date.formatted(.iso8601)
        }
        if !metadata.labels.isEmpty { names["labels"] = metadata.labels }
        if !metadata.annotations.isEmpty { names["annotations"] = metadata.annotations }
        return fields.merging(["apiVersion": version, "kind": kind, "metadata": names]) { $1 }
    }

    private static func pod(_ pod: Pod) -> Fields {
        let token: Fields = ["serviceAccountToken": ["audience": MeshLabels.proxyTokenAudience, "path": "token"]]
        let volume: Fields = ["name": "osm-xds", "projected": ["sources": [token]]]
        let ports = pod.ports.map { ["name": $0.name, "containerPort": Int($0.port)] as Fields }
        return manifest(
            "v1", "Pod", pod.metadata,
            [
                "spec": [
                    "serviceAccountName": pod.serviceAccount,
                    "containers": [["name": "app", "ports": ports] as Fields],
                    "volumes": pod.mountsProxyToken ? [volume] : [],
                ] as Fields,
                "status": [
                    "phase": pod.phase, "podIP": pod.addresses.first.map { "\($0)" } ?? "",
                    "podIPs": pod.addresses.map { ["ip": "\($0)"] },
                ] as Fields,
            ])
    }

    private static func service(_ service: Service) -> Fields {
        let ports = service.ports.map { port in
            var fields: Fields = ["name": port.name, "port": Int(port.port), "protocol": port.transport]
            fields["appProtocol"] = port.appProtocol
            switch port.targetPort {
            case .number(let number): fields["targetPort"] = Int(number)
            case .name(let name): fields["targetPort"] = name
            }
            return fields
        }
        var spec: Fields = ["type": service.type, "selector": service.selector, "ports": ports]
        spec["clusterIP"] = service.clusterIPs.first.map { "\($0)" } ?? "None"
        spec["clusterIPs"] = service.clusterIPs.isEmpty ? ["None"] : service.clusterIPs.map { "\($0)" }
        return manifest("v1", "Service", service.metadata, ["spec": spec])
    }

    private static func slice(_ slice: EndpointSlice) -> Fields {
        let endpoints = slice.endpoints.map { endpoint in
            var fields: Fields = [
                "addresses": [endpoint.address.map { "\($0)" } ?? "no-address.example"],
                "conditions": ["ready": endpoint.isReady],
            ]
            if !endpoint.zone.isEmpty { fields["zone"] = endpoint.zone }
            if let pod = endpoint.pod {
                var reference = ["kind": "Pod", "namespace": pod.name.namespace, "name": pod.name.name]
                if !pod.uid.isEmpty { reference["uid"] = pod.uid }
                fields["targetRef"] = reference
            }
            return fields
        }
        let ports = slice.ports.map { port in
            var fields: Fields = ["name": port.name, "protocol": port.transport]
            fields["port"] = port.port.map { Int($0) }
            return fields
        }
        return manifest(
            "discovery.k8s.io/v1", "EndpointSlice", slice.metadata,
            ["addressType": slice.addressType, "endpoints": endpoints, "ports": ports])
    }

    private static func config(_ config: MeshConfig) -> Fields {
        manifest(
            "config.openservicemesh.io/v1alpha2", "MeshConfig", config.metadata,
            [
                "spec": [
                    "traffic": [
                        "enablePermissiveTrafficPolicyMode": config.traffic.enablePermissiveTrafficPolicyMode,
                        "enableEgress": config.traffic.enableEgress,
                    ],
                    "certificate": ["certKeyBitSize": config.certificate.certKeyBitSize],
                ] as Fields
            ])
    }

    private static func target(_ target: TrafficTarget) -> Fields {
        func subject(_ subject: TrafficTarget.Subject) -> Fields {
            var fields: Fields = ["kind": "ServiceAccount", "name": subject.name]
            fields["namespace"] = subject.namespace
            return fields
        }
        var spec: Fields = ["sources": target.sources.map(subject)]
        spec["destination"] = target.destination.map(subject)
        spec["rules"] = target.rules.map { rule in
            var fields: Fields = ["kind": rule.kind, "name": rule.name]
            fields["matches"] = rule.matches
            return fields
        }
        return manifest("access.smi-spec.io/v1alpha3", "TrafficTarget", target.metadata, ["spec": spec])
    }

    private static func group(_ group: HTTPRouteGroup) -> Fields {
        let matches = group.matches.map { match in
            var fields: Fields = ["name": match.name, "methods": match.methods]
            fields["pathRegex"] = match.pathRegex
            fields["headers"] = match.headers.sorted { $0.key < $1.key }.map { [$0.key: $0.value] }
            return fields
        }
        return manifest(
            "specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", group.metadata, ["spec": ["matches": matches]])
    }

    private static func tcpRoute(_ route: TCPRoute) -> Fields {
        manifest(
            "specs.smi-spec.io/v1alpha4", "TCPRoute", route.metadata,
            ["spec": ["matches": route.ports.isEmpty ? [:] : ["ports": route.ports]]])
    }

    private static func retry(_ retry: Retry) -> Fields {
        func subject(_ subject: Retry.Subject) -> Fields {
            var fields: Fields = ["kind": subject.kind, "name": subject.name]
            fields["namespace"] = subject.namespace
            return fields
        }
        var policy: Fields = ["retryOn": retry.policy.retryOn]
        policy["numRetries"] = retry.policy.numRetries
        policy["perTryTimeout"] = retry.policy.perTryTimeout
        policy["retryBackoffBaseInterval"] = retry.policy.retryBackoffBaseInterval
        var spec: Fields = ["destinations": retry.destinations.map(subject), "retryPolicy": policy]
        spec["source"] = retry.source.map(subject)
        return manifest("policy.openservicemesh.io/v1alpha1", "Retry", retry.metadata, ["spec": spec])
    }

    private static func split(_ split: TrafficSplit) -> Fields {
        var spec: Fields = [
            "service": split.service,
            "backends": split.backends.map { ["service": $0.service, "weight": $0.weight] as Fields },
        ]
        if !split.matches.isEmpty { spec["matches"] = split.matches.map { ["kind": $0.kind, "name": $0.name] } }
        return manifest("split.smi-spec.io/v1alpha4", "TrafficSplit", split.metadata, ["spec": spec])
    }

    private static func egress(_ policy: Egress) -> Fields {
        var spec: Fields = [
            "sources": policy.sources.map { ["kind": $0.kind, "name": $0.name, "namespace": $0.namespace] },
            "ports": policy.ports.map { ["number": $0.number, "protocol": $0.protocolName] as Fields },
        ]
        if !policy.hosts.isEmpty { spec["hosts"] = policy.hosts }
        if !policy.ipAddresses.isEmpty { spec["ipAddresses"] = policy.ipAddresses }
        if !policy.matches.isEmpty {
            spec["matches"] = policy.matches.map { ["apiGroup": $0.apiGroup, "kind": $0.kind, "name": $0.name] }
        }
        return manifest("policy.openservicemesh.io/v1alpha1", "Egress", policy.metadata, ["spec": spec])
    }
}
