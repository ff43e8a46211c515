package import KubernetesAPI
package import MeshModel

extension Service: ProtobufObject {
    /// The service that a message stands for.
    package init(_ message: Core_Service) throws {
        let spec = message.spec
        let listed = spec.clusterIps.isEmpty ? [spec.clusterIp] : spec.clusterIps
        self.init(
            metadata: ObjectMetadata(message.metadata), type: spec.type.isEmpty ? "ClusterIP" : spec.type,
            // `None` and the empty text are no addresses.
            clusterIPs: listed.compactMap { IPAddress($0) }, selector: spec.selector,
            ports: try spec.ports.enumerated().map { try Port($1, at: "spec.ports[\($0)]") })
    }
}

extension Service.Port {
    fileprivate init(_ message: Core_ServicePort, at path: @autoclosure () -> String) throws {
        self.init(
            name: message.name, port: try UInt16(port: message.port, at: "\(path()).port"),
            transport: message.protocol.isEmpty ? "TCP" : message.protocol,
            appProtocol: message.hasAppProtocol ? message.appProtocol : nil,
            targetPort: message.hasTargetPort
                ? try Service.TargetPort(message.targetPort, at: "\(path()).targetPort") : nil)
    }
}

extension Service.TargetPort {
    fileprivate init(_ message: Core_IntOrString, at path: @autoclosure () -> String) throws {
        self =
            message.type == 0
            ? .number(try UInt16(port: message.intVal, at: path())) : .name(message.strVal)
    }
}
