package import ManifestSource
package import MeshModel
package import PolicyCompiler

/// What a cluster would make of manifests: the pods of workloads, the addresses of Services, the endpoints behind them.
///
/// What the manifests say themselves stays as it is; so a dump of a cluster is taken as it stands.
package struct PlannedMesh: Sendable {
    /// The objects of the manifests, with those that the cluster would add.
    package private(set) var contents: MeshContents
    /// What was taken for granted, in sentences.
    package private(set) var assumptions: [String] = []
    private let settings: MeshSettings
    private var addresses: MadeUpAddresses

    /// What a cluster would be after manifests were applied.
    ///
    /// Labels, annotations, ages and addresses that objects have stay, as `kubectl apply` leaves them; pods of workloads
    /// in the manifests are as their templates say.
    ///
    /// - Parameters:
    ///   - manifests: What is applied; Pods and EndpointSlices of them are not, since they are the cluster's own.
    ///   - live: The cluster.
    ///   - prunes: Whether policies of the manifests' namespaces that they do not hold are deleted.
    package init(applying manifests: ManifestCheck, to live: MeshContents, prunes: Bool, settings: MeshSettings) {
        self.settings = settings
        contents = live
        addresses = MadeUpAddresses(besides: live)
        let manifested = MeshContents(manifests.changes.tableChanges)
        for change in manifested.changes {
            switch change {
            case .pod, .endpointSlice: break
            default: contents.apply(change.keepingIdentity(of: live))
            }
        }
        if prunes {
            let namespaces = Set(manifested.keys.map(\.name.namespace))
                .union(manifests.set.workloads.map(\.pod.namespace))
            let kept = Set(manifested.keys)
            for change in live.changes where change.key.kind.isPolicy && namespaces.contains(change.key.name.namespace)
            {
                if !kept.contains(change.key), let removal = change.removal { contents.apply(removal) }
            }
        }
        update(manifests.set.workloads, live)
        addServiceAddresses(manifests, live)
        addEndpoints(forgetEndpoints(since: live), live)
        let missing = Set(manifested.keys.filter { !$0.kind.isClusterScoped }.map(\.name.namespace))
            .union(manifests.set.workloads.map(\.pod.namespace))
            .filter { contents.namespaces[ObjectName(namespace: "", name: $0)] == nil }
        if !missing.isEmpty {
            assumptions.append(
                "these namespaces are neither in the cluster nor in the manifests, so that objects of them cannot be "
                    + "applied: \(missing.sorted().joined(separator: ", "))")
        }
    }

    /// What follows from manifests.
    package init(_ manifests: ManifestCheck, settings: MeshSettings = MeshSettings()) {
        self.settings = settings
        contents = MeshContents(manifests.changes.tableChanges)
        addresses = MadeUpAddresses(besides: contents)
        let templates = manifests.set.workloads
        addNamespaces(of: templates)
        addPods(templates)
        addPodAddresses()
        addServiceAddresses(manifests)
        let known = Set(contents.endpointSlices.values.compactMap(\.object.service))
        addEndpoints(Set(contents.services.keys).subtracting(known))
    }

    /// Namespaces of which no object is among the manifests are of the mesh: who applies them has added them to it by
    /// command.
    private mutating func addNamespaces(of templates: [WorkloadTemplate]) {
        var named = Set(templates.map(\.pod.namespace)).union(contents.clients.map(\.namespace))
        for key in contents.keys where !key.kind.isClusterScoped { named.insert(key.name.namespace) }
        let missing = named.filter { name in
            name != settings.osmNamespace && !name.hasPrefix("kube-")
                && contents.namespaces[ObjectName(namespace: "", name: name)] == nil
        }
        for name in missing.sorted() {
            let metadata = ObjectMetadata(
                name: name, labels: [MeshLabels.monitoredBy: settings.meshName],
                annotations: [MeshLabels.sidecarInjection: "enabled"])
            set(Namespace(metadata: metadata))
        }
        // Who applies policies for workloads of other manifests knows their names.
        let accounts = templates.map(\.pod.identity) + contents.clients.filter { missing.contains($0.namespace) }
        for account in Set(accounts).sorted() {
            let name = ObjectName(namespace: account.namespace, name: account.serviceAccount)
            guard contents.serviceAccounts[name] == nil else { continue }
            set(ServiceAccount(metadata: ObjectMetadata(name: name.name, namespace: name.namespace)))
        }
        guard !missing.isEmpty else { return }
        assumptions.append(
            "taken for namespaces of the mesh, since the manifests do not hold them: "
                + missing.sorted().joined(separator: ", "))
    }

    /// A pod of each workload that has any.
    private mutating func addPods(_ templates: [WorkloadTemplate]) {
        for template in templates where template.replicas > 0 {
            var pod = template.pod
            pod.metadata.name += "-0"
            pod.workload = Workload(kind: template.kind, name: template.pod.metadata.name)
            guard contents.pods[pod.name] == nil else { continue }
            pod.phase = "Running"
            pod.mountsProxyToken = !template.isOnHostNetwork && wantsSidecar(pod)
            set(pod)
        }
    }

    /// Puts a pod in for each identity of the mesh that has none, so that it can be told what it may do.
    package mutating func standIn(for identities: Set<ServiceIdentity>) {
        let present = Set(contents.pods.values.map(\.object).filter { !$0.isTerminal }.map(\.identity))
        var added: [String] = []
        for identity in identities.subtracting(present).sorted() {
            let name = ObjectName(namespace: identity.namespace, name: identity.serviceAccount)
            let namespace = contents.namespaces[ObjectName(namespace: "", name: name.namespace)]?.object
            guard namespace?.isInMesh(named: settings.meshName) == true, contents.pods[name] == nil else { continue }
            let metadata = ObjectMetadata(name: name.name, namespace: name.namespace)
            set(
                Pod(
                    metadata: metadata, serviceAccount: identity.serviceAccount, phase: "Running",
                    mountsProxyToken: true))
            added.append(identity.description)
        }
        addPodAddresses()
        guard !added.isEmpty else { return }
        assumptions.append("taken to have a pod, since policies name them: \(added.joined(separator: ", "))")
    }

    /// Pods without an address and uid are still to be made, and get a sidecar then.
    ///
    /// - Parameter live: The cluster, whose own pods are left as they are.
    private mutating func addPodAddresses(_ live: MeshContents = MeshContents()) {
        for row in contents.pods.values.sorted(by: { $0.id < $1.id }) where row.isValid && live.pods[row.id] == nil {
            var pod = row.object
            guard pod.addresses.isEmpty, !pod.isTerminal, let address = addresses.next(.pod, pod.name) else {
                continue
            }
            pod.addresses = [address]
            if pod.metadata.uid.isEmpty, pod.phase.isEmpty {
                pod.phase = "Running"
                pod.mountsProxyToken = wantsSidecar(pod)
            }
            set(pod)
        }
    }

    /// Services without an address that are not headless are still to be made.
    ///
    /// - Parameter live: The cluster, whose own Services are left as they are.
    private mutating func addServiceAddresses(_ manifests: ManifestCheck, _ live: MeshContents = MeshContents()) {
        for row in contents.services.values.sorted(by: { $0.id < $1.id }) where row.isValid {
            var service = row.object
            guard live.services[row.id] == nil, service.clusterIPs.isEmpty, service.type != "ExternalName",
                manifests.set.text(of: service.key, at: ["spec", "clusterIP"]) != "None",
                let address = addresses.next(.service, service.name)
            else { continue }
            service.clusterIPs = [address]
            set(service)
        }
    }

    /// The pods of workloads as templates say, and a pod for each workload that is new.
    private mutating func update(_ templates: [WorkloadTemplate], _ live: MeshContents) {
        for template in templates {
            let workload = Workload(kind: template.kind, name: template.pod.metadata.name)
            let own = contents.pods.values.map(\.object).filter {
                $0.namespace == template.pod.namespace && $0.workload == workload && !$0.isTerminal
            }
            guard !own.isEmpty else {
                addPods([template])
                continue
            }
            for var pod in own {
                pod.metadata.labels.merge(template.pod.metadata.labels) { $1 }
                pod.serviceAccount = template.pod.serviceAccount
                pod.ports = template.pod.ports
                set(pod)
            }
        }
        addPodAddresses(live)
    }

    /// Removes the slices of Services that are not as they were, or select other pods.
    ///
    /// - Returns: Those Services.
    private mutating func forgetEndpoints(since live: MeshContents) -> Set<ObjectName> {
        var forgotten: Set<ObjectName> = []
        for service in contents.services.values.compactMap(\.valid) where !service.selector.isEmpty {
            let before = live.services[service.name]?.valid
            let isSame = before?.selector == service.selector && before?.ports == service.ports
            let pods = contents.pods(behind: service.name).map(\.name)
            guard !isSame || live.pods(behind: service.name).map(\.name) != pods else { continue }
            forgotten.insert(service.name)
            for slice in contents.endpointSlices.values.map(\.object) where slice.service == service.name {
                contents.apply(EndpointSlice.change(slice.name, nil))
            }
        }
        return forgotten
    }

    /// One slice for each pod of some Services.
    ///
    /// - Parameter live: The cluster, whose pods are as ready as they are there.
    private mutating func addEndpoints(_ services: Set<ObjectName>, _ live: MeshContents = MeshContents()) {
        var readiness: [ObjectName: Bool] = [:]
        for endpoint in live.endpointSlices.values.flatMap(\.object.endpoints) {
            if let pod = endpoint.pod?.name { readiness[pod] = endpoint.isReady || readiness[pod] == true }
        }
        let pods = contents.pods.values.compactMap(\.valid).filter { !$0.isTerminal && !$0.addresses.isEmpty }
            .sorted { $0.name < $1.name }
        for service in services.compactMap({ contents.services[$0]?.valid }) {
            for pod in pods where pod.namespace == service.namespace && service.selects(pod.metadata.labels) {
                let ports = service.ports.compactMap { port -> EndpointSlice.Port? in
                    let number: UInt16? =
                        switch port.targetPort {
                        case .number(let number): number
                        case .name(let name): pod.ports.first { $0.name == name }?.port
                        }
                    return number.map { EndpointSlice.Port(name: port.name, port: $0, transport: port.transport) }
                }
                set(
                    EndpointSlice(
                        metadata: ObjectMetadata(
                            name: "\(service.metadata.name)-\(pod.metadata.name)", namespace: service.namespace,
                            labels: ["kubernetes.io/service-name": service.metadata.name]),
                        addressType: pod.addresses.first?.family == .v6 ? "IPv6" : "IPv4",
                        endpoints: [
                            .init(
                                address: pod.addresses.first, isReady: readiness[pod.name] ?? true,
                                pod: .init(name: pod.name, uid: pod.metadata.uid))
                        ], ports: ports))
            }
        }
    }

    /// Whether the mesh gives a new pod a sidecar: the pod's own word, else its namespace's.
    private func wantsSidecar(_ pod: Pod) -> Bool {
        guard let namespace = contents.namespaces[ObjectName(namespace: "", name: pod.namespace)]?.object,
            namespace.isInMesh(named: settings.meshName)
        else { return false }
        let word =
            pod.metadata.annotations[MeshLabels.sidecarInjection]
            ?? namespace.metadata.annotations[MeshLabels.sidecarInjection]
        return word.flatMap(MeshLabels.switchPosition) ?? false
    }

    private mutating func set<Object: TableObject>(_ object: Object) {
        contents.apply(Object.change(for: .set(object)))
    }
}

extension MeshContents {
    /// Whom policies name as clients.
    package var clients: Set<ServiceIdentity> {
        var clients: Set<ServiceIdentity> = []
        for target in trafficTargets.values.compactMap(\.valid) { clients.formUnion(target.sourceIdentities) }
        for policy in egresses.values.compactMap(\.valid) { clients.formUnion(policy.sourceIdentities) }
        for retry in retries.values.compactMap(\.valid) { clients.formUnion([retry.sourceIdentity].compactMap(\.self)) }
        return clients
    }
}
