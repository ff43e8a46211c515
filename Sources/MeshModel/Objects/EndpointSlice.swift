/// A Kubernetes EndpointSlice: some of the addresses behind a Service.
public struct EndpointSlice: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.endpointSlice

    /// One address behind the Service.
    public struct Endpoint: Hashable, Sendable {
        /// Its first address, since all addresses of an endpoint are equivalent; `nil` if it is not an IP address.
        public var address: IPAddress?
        /// `conditions.ready`, `true` where unknown.
        public var isReady: Bool
        /// The zone (`zone`, or in v1beta1 the label `topology.kubernetes.io/zone` of `topology`); empty if unknown.
        public var zone: String
        /// The pod that the endpoint is, by `targetRef` of kind Pod.
        public var pod: PodReference?

        /// An endpoint.
        public init(address: IPAddress?, isReady: Bool = true, zone: String = "", pod: PodReference? = nil) {
            self.address = address
            self.isReady = isReady
            self.zone = zone
            self.pod = pod
        }
    }

    /// The pod that an endpoint is.
    public struct PodReference: Hashable, Sendable {
        /// Namespace and name of the pod; the namespace is the slice's own where absent.
        public var name: ObjectName
        /// The pod's uid; empty where unknown.
        public var uid: String

        /// A reference to a pod.
        public init(name: ObjectName, uid: String = "") {
            self.name = name
            self.uid = uid
        }
    }

    /// A port of all endpoints of the slice.
    public struct Port: Hashable, Sendable {
        /// The name of the service port it belongs to; empty if that has none.
        public var name: String
        /// The number in the pods; `nil` for "all ports", which the mesh ignores.
        public var port: UInt16?
        /// `TCP`, `UDP` or `SCTP`.
        public var transport: String

        /// A port of the slice's endpoints.
        public init(name: String = "", port: UInt16?, transport: String = "TCP") {
            self.name = name
            self.port = port
            self.transport = transport
        }
    }

    /// Name, namespace, labels.
    public var metadata: ObjectMetadata
    /// `IPv4`, `IPv6` or `FQDN`.
    public var addressType: String
    /// The endpoints, in the order of the slice.
    public var endpoints: [Endpoint]
    /// The ports, in the order of the slice.
    public var ports: [Port]

    /// A slice with the given fields.
    public init(
        metadata: ObjectMetadata, addressType: String = "IPv4", endpoints: [Endpoint] = [], ports: [Port] = []
    ) {
        self.metadata = metadata
        self.addressType = addressType
        self.endpoints = endpoints
        self.ports = ports
    }

    /// The Service it belongs to, by the label `kubernetes.io/service-name`; `nil` without that label.
    public var service: ObjectName? {
        metadata.labels["kubernetes.io/service-name"].map { ObjectName(namespace: metadata.namespace, name: $0) }
    }
}

extension EndpointSlice: Decodable {
    private enum Key: String, CodingKey { case metadata, addressType, endpoints, ports }

    private struct Entry: Decodable {
        struct Conditions: Decodable { let ready: Bool? }
        struct Target: Decodable {
            let kind: String?
            let namespace: String?
            let name: String?
            let uid: String?
        }

        let addresses: [String]?
        let conditions: Conditions?
        let zone: String?
        let topology: [String: String]?
        let targetRef: Target?

        func endpoint(in namespace: String) -> Endpoint {
            var pod: PodReference?
            if let targetRef, targetRef.kind == "Pod", let name = targetRef.name {
                let home = targetRef.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? namespace
                pod = PodReference(name: ObjectName(namespace: home, name: name), uid: targetRef.uid ?? "")
            }
            return Endpoint(
                address: addresses?.first.flatMap { IPAddress($0) }, isReady: conditions?.ready ?? true,
                zone: zone ?? topology?["topology.kubernetes.io/zone"] ?? "", pod: pod)
        }
    }

    /// Reads a slice of `discovery.k8s.io/v1` or `v1beta1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let metadata = try fields.decode(ObjectMetadata.self, forKey: .metadata)
        let entries: [Entry] = try fields.value(.endpoints, or: [])
        self.init(
            metadata: metadata, addressType: try fields.value(.addressType, or: ""),
            endpoints: entries.map { $0.endpoint(in: metadata.namespace) },
            ports: try fields.value(.ports, or: []))
    }
}

extension EndpointSlice.Port: Decodable {
    private enum Key: String, CodingKey {
        case name, port
        case transport = "protocol"
    }

    /// Reads an entry of `ports`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try fields.value(.name, or: ""), port: try fields.port(.port),
            transport: try fields.value(.transport, or: "TCP"))
    }
}

extension EndpointSlice {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// Names, the address type, that addresses are of that type, and the numbers of ports.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        list.checkWord(addressType, "addressType", oneOf: ["IPv4", "IPv6", "FQDN"])
        let family: IPAddress.Family? = addressType == "IPv4" ? .v4 : addressType == "IPv6" ? .v6 : nil
        for (index, endpoint) in endpoints.enumerated() {
            if let family, endpoint.address?.family != family {
                list.add("endpoints[\(index)].addresses", "does not begin with an \(addressType) address")
            }
        }
        for (index, port) in ports.enumerated() {
            list.checkWord(port.transport, "ports[\(index)].protocol", oneOf: ["TCP", "UDP", "SCTP"])
            if let number = port.port { list.checkPort(Int(number), "ports[\(index)].port") }
        }
        return list.problems
    }
}
