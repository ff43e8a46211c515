/// A Kubernetes Service: the addresses and ports by which clients reach pods.
public struct Service: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.service

    /// Where a service port leads in the pods.
    public enum TargetPort: Hashable, Sendable {
        /// The same number in every pod.
        case number(UInt16)
        /// The number that each pod gives to the container port of this name.
        case name(String)
    }

    /// A port of a Service.
    public struct Port: Hashable, Sendable {
        /// The port's name; empty if it has none.
        public var name: String
        /// The number that clients use.
        public var port: UInt16
        /// `TCP`, `UDP` or `SCTP`.
        public var transport: String
        /// `appProtocol`, as written.
        public var appProtocol: String?
        /// Where the port leads; the port's own number if absent.
        public var targetPort: TargetPort

        /// A port of a Service.
        public init(
            name: String = "", port: UInt16, transport: String = "TCP", appProtocol: String? = nil,
            targetPort: TargetPort? = nil
        ) {
            self.name = name
            self.port = port
            self.transport = transport
            self.appProtocol = appProtocol
            self.targetPort = targetPort ?? .number(port)
        }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// `spec.type`, `ClusterIP` if absent.
    public var type: String
    /// `spec.clusterIPs` (else `spec.clusterIP`) as addresses in the order of the spec; empty for a headless service.
    public var clusterIPs: [IPAddress]
    /// `spec.selector`; empty if it has none.
    public var selector: [String: String]
    /// The ports, in the order of the spec.
    public var ports: [Port]

    /// A service with the given fields.
    public init(
        metadata: ObjectMetadata, type: String = "ClusterIP", clusterIPs: [IPAddress] = [],
        selector: [String: String] = [:], ports: [Port] = []
    ) {
        self.metadata = metadata
        self.type = type
        self.clusterIPs = clusterIPs
        self.selector = selector
        self.ports = ports
    }

    /// Whether the service selects a pod with these labels; a service without a selector selects none.
    public func selects(_ labels: [String: String]) -> Bool {
        !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
    }
}

extension Service: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case type, clusterIP, clusterIPs, selector, ports }

    /// Reads a Service of `v1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        let type: String = try spec?.value(.type) ?? ""
        let listed: [String] = try spec?.value(.clusterIPs) ?? []
        let single: String? = try spec?.value(.clusterIP)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            type: type.isEmpty ? "ClusterIP" : type,
            // `None` and the empty text are no addresses.
            clusterIPs: (listed.isEmpty ? [single].compactMap(\.self) : listed).compactMap { IPAddress($0) },
            selector: try spec?.value(.selector) ?? [:],
            ports: try spec?.value(.ports) ?? [])
    }
}

extension Service.Port: Decodable {
    private enum Key: String, CodingKey {
        case name, port, appProtocol, targetPort
        case transport = "protocol"
    }

    /// Reads an entry of `spec.ports`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try fields.value(.name, or: ""), port: try fields.port(.port) ?? 0,
            transport: try fields.value(.transport, or: "TCP"), appProtocol: try fields.value(.appProtocol),
            targetPort: try fields.value(.targetPort))
    }
}

extension Service.TargetPort: Decodable {
    /// Reads a number or a name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            guard let port = UInt16(exactly: number) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "\(number) is not a port: write a number from 1 to 65535")
            }
            self = .number(port)
        } else {
            self = .name(try container.decode(String.self))
        }
    }
}

extension Service {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// Names, the type, and that ports can be told apart.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind, isLabel: true)
        list.checkWord(type, "spec.type", oneOf: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])
        var names: Set<String> = []
        var numbers: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            if port.name.isEmpty, ports.count > 1 {
                list.add("\(path).name", "is missing: each of several ports needs a name")
            } else if !port.name.isEmpty, !DNSName.isLabel(port.name) {
                list.checkName(port.name, "\(path).name", isLabel: true)
            } else if !port.name.isEmpty, !names.insert(port.name).inserted {
                list.add("\(path).name", "`\(port.name)` is the name of an earlier port")
            }
            list.checkWord(port.transport, "\(path).protocol", oneOf: ["TCP", "UDP", "SCTP"])
            list.checkPort(Int(port.port), "\(path).port")
            if port.port != 0, !numbers.insert("\(port.port)/\(port.transport)").inserted {
                list.add("\(path).port", "\(port.port) is the number of an earlier \(port.transport) port")
            }
            switch port.targetPort {
            case .number(let number) where number == 0 && port.port != 0:
                list.checkPort(0, "\(path).targetPort")
            case .name(let name) where name.isEmpty:
                list.add("\(path).targetPort", "is empty: write a number or the name of a container port")
            case .number, .name: break
            }
        }
        return list.problems
    }
}
