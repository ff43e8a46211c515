import MeshModel
public import PolicyCompiler

/// An edit of a ``FanMesh``, by the kind of object.
///
/// All concern the first services of the mesh, around which it looks the same whatever its size.
public enum MeshEdit: String, CaseIterable, Sendable {
    /// The weights of a split.
    case trafficSplit = "TrafficSplit"
    /// The path of a match.
    case httpRouteGroup = "HTTPRouteGroup"
    /// A further source.
    case trafficTarget = "TrafficTarget"
    /// One endpoint of a service is not ready any more.
    case endpoint = "EndpointSlice"
    /// A pod of a service, without its endpoint.
    case pod = "Pod"
    /// A service with an identity, a pod and an endpoint of its own.
    case service = "Service"
    /// Whether Retry policies hold, where there are none.
    case meshConfig = "MeshConfig"
    /// Whether connections out of the mesh pass through, which every proxy must know.
    case egress = "MeshConfig, egress"

    /// The changes that make the edit, or take it back.
    ///
    /// - Parameters:
    ///   - turn: Counts the edits of one mesh from 0: an even one makes the edit, an odd one takes it back.
    public func changes(in mesh: FanMesh, turn: Int) -> [TableChange] {
        let isMade = turn.isMultiple(of: 2)
        let generation = Int64(turn) + 2
        switch self {
        case .trafficSplit:
            return [TrafficSplit.change(for: .set(mesh.split(0, first: isMade ? 50 : 90, generation: generation)))]
        case .httpRouteGroup:
            let path = isMade ? "/books|/shelf" : "/books"
            return [HTTPRouteGroup.change(for: .set(mesh.routes(1, path: path, generation: generation)))]
        case .trafficTarget:
            let target = mesh.target(1, further: isMade ? 20 : nil, generation: generation)
            return [TrafficTarget.change(for: .set(target))]
        case .endpoint:
            let slice = mesh.slice(1, lastIsReady: !isMade, generation: generation)
            return [EndpointSlice.change(for: .set(slice))]
        case .pod:
            let pod = mesh.addedPod(identity: FanMesh.name(1), app: FanMesh.name(1))
            return [Pod.change(for: isMade ? .set(pod) : .remove(pod.name))]
        case .service:
            return mesh.addedService(isMade)
        case .meshConfig:
            return [mesh.meshConfig(hasRetries: isMade, generation: generation)]
        case .egress:
            return [mesh.meshConfig(hasEgress: isMade, generation: generation)]
        }
    }
}

extension FanMesh {
    private static let added = "added"

    fileprivate func addedPod(identity: String, app: String) -> Pod {
        Pod(
            metadata: .init(
                name: "\(Self.added)-pod", namespace: Self.namespaceName(of: 1), uid: "uid-\(Self.added)",
                labels: ["app": app]),
            serviceAccount: identity, addresses: [Self.address(120, 0)].compactMap(\.self),
            ports: [.init(name: "http", port: 8080)])
    }

    fileprivate func addedService(_ isMade: Bool) -> [TableChange] {
        let metadata = ObjectMetadata(
            name: Self.added, namespace: Self.namespaceName(of: 1), uid: "uid-\(Self.added)", generation: 1,
            creation: Timestamp(seconds: 1_700_000_001))
        let pod = addedPod(identity: Self.added, app: Self.added)
        guard isMade else {
            let name = metadata.objectName
            return [
                ServiceAccount.change(for: .remove(name)), Service.change(for: .remove(name)),
                Pod.change(for: .remove(pod.name)), EndpointSlice.change(for: .remove(name)),
            ]
        }
        var labelled = metadata
        labelled.labels = ["kubernetes.io/service-name": Self.added]
        let slice = EndpointSlice(
            metadata: labelled,
            endpoints: pod.addresses.map { .init(address: $0, pod: .init(name: pod.name, uid: pod.metadata.uid)) },
            ports: [.init(name: "http", port: 8080)])
        let service = Service(
            metadata: metadata, clusterIPs: [Self.address(121, 0)].compactMap(\.self), selector: ["app": Self.added],
            ports: [.init(name: "http", port: 80, targetPort: .number(8080))])
        return [
            ServiceAccount.change(for: .set(ServiceAccount(metadata: metadata))), Service.change(for: .set(service)),
            Pod.change(for: .set(pod)), EndpointSlice.change(for: .set(slice)),
        ]
    }
}
