/// A port of a Service, by the number that clients use.
///
/// Ordered by service, then port.
public struct ServicePort: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The Service.
    public let service: ObjectName
    /// `spec.ports[].port`.
    public let port: UInt16

    /// A port of a Service.
    public init(service: ObjectName, port: UInt16) {
        self.service = service
        self.port = port
    }

    /// `namespace/service:port`.
    public var description: String { "\(service):\(port)" }

    /// Service first, then port.
    public static func < (left: ServicePort, right: ServicePort) -> Bool {
        (left.service, left.port) < (right.service, right.port)
    }
}

/// A Service and a port of its pods: what an upstream cluster stands for.
///
/// Ordered by service, then target port.
public struct ServiceTargetPort: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The Service.
    public let service: ObjectName
    /// The port of the pods, resolved to a number.
    public let targetPort: UInt16

    /// A port of the pods of a Service.
    public init(service: ObjectName, targetPort: UInt16) {
        self.service = service
        self.targetPort = targetPort
    }

    /// `namespace/service|targetPort`, the original's name of an upstream cluster.
    public var description: String { "\(service)|\(targetPort)" }

    /// Service first, then target port.
    public static func < (left: ServiceTargetPort, right: ServiceTargetPort) -> Bool {
        (left.service, left.targetPort) < (right.service, right.targetPort)
    }
}
