internal import FoundationEssentials
internal import MeshModel

/// The webhook configurations of a mesh, with the fields that are the controller's and no others.
public struct WebhookConfigurations: Sendable {
    /// How the API server reaches the webhooks.
    public enum Destination: Equatable, Sendable {
        /// By the Services `osm-injector` and `osm-validator` of the controller's namespace.
        case services
        /// At an address of its own network, such as the loopback address where it runs on this host.
        case address(String, injectorPort: Int, validatorPort: Int)
    }

    /// The port of the Service `osm-injector`.
    static let injectorPort = 9090
    /// The port of the Service `osm-validator`.
    static let validatorPort = 9093
    private static let injectorPath = "/mutate-pod-creation"
    private static let validatorPath = "/validate"

    let meshName: String
    let osmNamespace: String
    let rootsPEM: String
    let timeout: Duration
    let destination: Destination

    /// The configurations.
    ///
    /// - Parameters:
    ///   - rootsPEM: What the API server knows the webhooks by.
    ///   - timeout: How long the API server waits for an answer: whole seconds from 1 to 30.
    public init(
        meshName: String, osmNamespace: String, rootsPEM: String, timeout: Duration, destination: Destination
    ) {
        self.meshName = meshName
        self.osmNamespace = osmNamespace
        self.rootsPEM = rootsPEM
        self.timeout = timeout
        self.destination = destination
    }

    /// The name of the MutatingWebhookConfiguration, as the original's chart names it.
    var mutatingName: String { Self.mutatingName(of: meshName) }
    /// The name of the ValidatingWebhookConfiguration, as the original's chart names it.
    var validatingName: String { Self.validatingName(of: meshName) }

    static func mutatingName(of meshName: String) -> String { "osm-webhook-\(meshName)" }
    static func validatingName(of meshName: String) -> String { "osm-validator-mesh-\(meshName)" }

    /// The MutatingWebhookConfiguration: pods of the mesh's namespaces as they are created.
    ///
    /// It may be asked again after other webhooks changed the pod (`reinvocationPolicy`): who is injected is left alone.
    func mutating(owner: JSONContent?) -> JSONContent {
        configuration(
            "MutatingWebhookConfiguration", mutatingName, app: "osm-injector", owner,
            [
                webhook(
                    "osm-inject.k8s.io", to: "osm-injector", Self.injectorPort, Self.injectorPath,
                    failurePolicy: "Fail",
                    selector: namespaces,
                    rules: [
                        [
                            "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
                            "scope": "Namespaced",
                        ]
                    ]
                ).with("reinvocationPolicy", "IfNeeded")
            ])
    }

    /// The ValidatingWebhookConfiguration: what users write for the mesh in its namespaces; and the mesh's own settings,
    /// which are never refused while nobody answers, so that the controller's namespace cannot lock itself out.
    func validating(owner: JSONContent?) -> JSONContent {
        configuration(
            "ValidatingWebhookConfiguration", validatingName, app: "osm-controller", owner,
            [
                webhook(
                    "osm-validator.k8s.io", to: "osm-validator", Self.validatorPort, Self.validatorPath,
                    failurePolicy: "Fail", selector: namespaces,
                    rules: [
                        rule("access.smi-spec.io", ["traffictargets"]),
                        rule("config.openservicemesh.io", ["extensionservices"]),
                        rule(
                            "policy.openservicemesh.io",
                            ["egresses", "ingressbackends", "retries", "telemetries", "upstreamtrafficsettings"]),
                        rule("specs.smi-spec.io", ["httproutegroups", "tcproutes"]),
                        rule("split.smi-spec.io", ["trafficsplits"]),
                    ]),
                webhook(
                    "osm-control-plane-validator.k8s.io", to: "osm-validator", Self.validatorPort, Self.validatorPath,
                    failurePolicy: "Ignore",
                    selector: ["matchLabels": ["app.kubernetes.io/name": "openservicemesh.io"]],
                    rules: [
                        rule(
                            "config.openservicemesh.io", ["extensionservices", "meshconfigs", "meshrootcertificates"]),
                        rule("policy.openservicemesh.io", ["telemetries"]),
                    ]),
            ])
    }

    /// The mesh's namespaces, never those of Kubernetes nor the controller's own.
    ///
    /// Before Kubernetes 1.21 no label names a namespace, so that the third expression excludes nobody there: our own
    /// namespace has the label `openservicemesh.io/ignore`, and no other is matched that does not say it is in the mesh.
    private var namespaces: JSONContent {
        [
            "matchLabels": .object([MeshLabels.monitoredBy: .string(meshName)]),
            "matchExpressions": [
                ["key": .string(MeshLabels.ignore), "operator": "DoesNotExist"],
                ["key": "control-plane", "operator": "DoesNotExist"],
                [
                    "key": "kubernetes.io/metadata.name", "operator": "NotIn",
                    "values": ["kube-public", "kube-system", .string(osmNamespace)],
                ],
            ],
        ]
    }

    private func rule(_ group: JSONContent, _ resources: JSONContent) -> JSONContent {
        [
            "operations": ["CREATE", "UPDATE"], "apiGroups": [group], "apiVersions": ["*"], "resources": resources,
            "scope": "Namespaced",
        ]
    }

    private func webhook(
        _ name: JSONContent, to service: String, _ port: Int, _ path: String, failurePolicy: JSONContent,
        selector: JSONContent, rules: JSONContent
    ) -> JSONContent {
        var client: [String: JSONContent] = ["caBundle": .string(Data(rootsPEM.utf8).base64EncodedString())]
        switch destination {
        case .services:
            client["service"] = [
                "namespace": .string(osmNamespace), "name": .string(service), "port": .integer(Int64(port)),
                "path": .string(path),
            ]
        case .address(let address, let injectorPort, let validatorPort):
            let host = address.contains(":") ? "[\(address)]" : address
            let port = port == Self.injectorPort ? injectorPort : validatorPort
            client["url"] = .string("https://\(host):\(port)\(path)")
        }
        return [
            "name": name, "admissionReviewVersions": ["v1"], "clientConfig": .object(client),
            "failurePolicy": failurePolicy, "matchPolicy": "Exact", "namespaceSelector": selector,
            "objectSelector": [:], "rules": rules, "sideEffects": "None",
            "timeoutSeconds": .integer(timeout.components.seconds),
        ]
    }

    private func configuration(
        _ kind: JSONContent, _ name: String, app: JSONContent, _ owner: JSONContent?, _ webhooks: JSONContent
    ) -> JSONContent {
        var metadata: [String: JSONContent] = [
            "name": .string(name),
            "labels": [
                "app": app, "app.kubernetes.io/name": "openservicemesh.io",
                "app.kubernetes.io/instance": .string(meshName),
            ],
        ]
        if let owner { metadata["ownerReferences"] = [owner] }
        return [
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": .object(metadata),
            "webhooks": webhooks,
        ]
    }
}

extension JSONContent {
    /// An object with a member more; of anything else the value itself.
    fileprivate func with(_ name: String, _ value: JSONContent) -> JSONContent {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return .object(members)
    }
}
