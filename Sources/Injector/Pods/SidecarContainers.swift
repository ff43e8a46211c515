internal import MeshModel

/// The containers that a pod is given.
struct SidecarContainers {
    static let proxyName = "envoy"
    static let initName = "osm-init"
    static let helperName = "osm-healthcheck"
    static let volumeName = "osm-xds"
    /// The helper's program.
    static let helperProgram = "/osm-healthcheck"

    /// The names of all of them, of which a pod has none of its own.
    static let names = [proxyName, initName, helperName]

    let settings: InjectionSettings
    let config: MeshConfig
    /// Whether they are init containers that go on running.
    let areNative: Bool

    /// What no container of ours needs.
    private static let unprivileged: JSONValue = [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
        "runAsUser": .number(Int64(ProxyPorts.userID)), "runAsGroup": .number(Int64(ProxyPorts.userID)),
        "capabilities": ["drop": ["ALL"]], "seccompProfile": ["type": "RuntimeDefault"],
    ]

    /// The volume with the pod's token and with what it trusts the control plane by.
    static let volume: JSONValue = [
        "name": .string(volumeName),
        "projected": [
            "sources": [
                [
                    "serviceAccountToken": [
                        "audience": .string(MeshLabels.proxyTokenAudience), "expirationSeconds": 3600,
                        "path": .string(ProxyFiles.token),
                    ]
                ],
                // By name: another key, called as the token's file is, would take its place.
                [
                    "configMap": [
                        "name": "osm-ca-bundle",
                        "items": .array(ProxyFiles.bundled.map { ["key": .string($0), "path": .string($0)] }),
                    ]
                ],
            ]
        ],
    ]

    /// The container that redirects the pod's connections.
    func initContainer(image: String, script: JSONValue) -> JSONValue {
        let isPrivileged = config.sidecar.enablePrivilegedInitContainer
        var context: JSONValue = [
            "privileged": .boolean(isPrivileged), "allowPrivilegeEscalation": .boolean(isPrivileged),
            "runAsNonRoot": false, "runAsUser": 0, "runAsGroup": 0,
        ]
        context = context.with(
            "capabilities",
            isPrivileged ? ["add": ["NET_ADMIN"]] : ["add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]])
        if !isPrivileged { context = context.with("seccompProfile", ["type": "RuntimeDefault"]) }
        return [
            "name": .string(Self.initName), "image": .string(image),
            "imagePullPolicy": .string(settings.imagePullPolicy), "command": ["/bin/sh"],
            "args": ["-c", script], "env": [field("POD_IP", "status.podIP")], "securityContext": context,
        ]
    }

    /// The sidecar.
    ///
    /// - Parameter kinds: The probes that it answers.
    func proxy(image: String, bootstrap: JSONValue, workload: Workload, kinds: [Probe.Kind]) -> JSONValue {
        var ports = [port("proxy-admin", ProxyPorts.admin), port("proxy-inbound", ProxyPorts.inbound)]
        ports.append(port("proxy-metrics", ProxyPorts.metrics))
        ports += kinds.map { port("\($0)-port", $0.port) }
        let level = config.sidecar.logLevel.isEmpty ? "error" : config.sidecar.logLevel
        let arguments = ["--log-level", level, "--disable-hot-restart"] + ProxyArguments.common
        var container: JSONValue = [
            "name": .string(Self.proxyName), "image": .string(image), "imagePullPolicy": "IfNotPresent",
            "command": ["envoy"],
            "args": .array(["--config-yaml", bootstrap] + arguments.map { .string($0) }),
            "env": .array(environment(workload)), "ports": .array(ports), "securityContext": Self.unprivileged,
            "volumeMounts": [
                ["name": .string(Self.volumeName), "mountPath": .string(ProxyFiles.mountPath), "readOnly": true]
            ],
            "readinessProbe": readiness(period: 2, failures: 3),
        ]
        container = container.with("resources", resources)
        if areNative {
            // It may take as long as it takes: a pod that is started without a controller waits for one.
            return container.with("restartPolicy", "Always")
                .with("startupProbe", readiness(period: 1, failures: 1_000_000))
        }
        // Its applications are told to end at the same moment: it goes on for as long as they do.
        return container.with("lifecycle", ["preStop": ["httpGet": waiting]])
    }

    /// The helper, which answers probes, and without native sidecars holds and ends the pod's containers in order.
    func helper(image: String, endsWithWorkload: Bool) -> JSONValue {
        var arguments = ["serve"]
        if endsWithWorkload { arguments.append("--ends-with-workload") }
        let container: JSONValue = [
            "name": .string(Self.helperName), "image": .string(image),
            "imagePullPolicy": .string(settings.imagePullPolicy), "command": [.string(Self.helperProgram)],
            "args": .array(arguments.map { .string($0) }), "ports": [port("healthcheck", ProxyPorts.helper)],
            "securityContext": Self.unprivileged,
        ]
        if areNative { return container.with("restartPolicy", "Always") }
        // The kubelet starts the containers in their order, each after what the one before it does first.
        return container.with(
            "lifecycle",
            [
                "postStart": ["exec": ["command": [.string(Self.helperProgram), "wait"]]],
                "preStop": ["httpGet": waiting],
            ])
    }

    private var waiting: JSONValue {
        ["path": "/osm-application-end", "port": .number(Int64(ProxyPorts.helper)), "scheme": "HTTP"]
    }

    private func readiness(period: Int64, failures: Int64) -> JSONValue {
        [
            "httpGet": [
                "path": .string(Bootstrap.readyPath), "port": .number(Int64(ProxyPorts.metrics)), "scheme": "HTTP",
            ],
            "periodSeconds": .number(period), "timeoutSeconds": 3, "failureThreshold": .number(failures),
        ]
    }

    private var resources: JSONValue? {
        let resources = config.sidecar.resources
        let lists = [("limits", resources.limits), ("requests", resources.requests)].filter { !$0.1.isEmpty }
        guard !lists.isEmpty else { return nil }
        return .object(lists.map { .init(name: $0.0, value: .quantities($0.1)) })
    }

    private func environment(_ workload: Workload) -> [JSONValue] {
        [
            field("POD_UID", "metadata.uid"), field("POD_NAME", "metadata.name"),
            field("POD_NAMESPACE", "metadata.namespace"), field("POD_IP", "status.podIP"),
            field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            field(ProxyVariable.namespace.rawValue, "metadata.namespace"),
            field(ProxyVariable.pod.rawValue, "metadata.name"),
            ["name": .string(ProxyVariable.workloadKind.rawValue), "value": .string(workload.kind)],
            ["name": .string(ProxyVariable.workloadName.rawValue), "value": .string(workload.name)],
            [
                "name": .string(ProxyVariable.resourceAttributes.rawValue),
                "value": .string(
                    ProxyEnvironment.resourceAttributes(
                        serviceAccount: "$(SERVICE_ACCOUNT)", namespace: "$(POD_NAMESPACE)", pod: "$(POD_NAME)")),
            ],
        ]
    }

    private func field(_ name: String, _ path: String) -> JSONValue {
        ["name": .string(name), "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": .string(path)]]]
    }

    private func port(_ name: String, _ number: UInt16) -> JSONValue {
        ["name": .string(name), "containerPort": .number(Int64(number)), "protocol": "TCP"]
    }
}

extension JSONValue {
    /// Quantities by resource, sorted.
    fileprivate static func quantities(_ list: [String: String]) -> JSONValue {
        .object(list.sorted { $0.key < $1.key }.map { Member(name: $0.key, value: .string($0.value)) })
    }
}
