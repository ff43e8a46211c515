package import KubernetesAPI
package import MeshModel

extension EndpointSlice: ProtobufObject {
    /// The slice that a message of `discovery.k8s.io/v1` stands for.
    package init(_ message: Discovery_EndpointSlice) throws {
        let metadata = ObjectMetadata(message.metadata)
        self.init(
            metadata: metadata, addressType: message.addressType,
            endpoints: message.endpoints.map { Endpoint($0, in: metadata.namespace) },
            ports: try message.ports.enumerated().map { try Port($1, at: "ports[\($0)].port") })
    }
}

extension EndpointSlice.Endpoint {
    fileprivate init(_ message: Discovery_Endpoint, in namespace: String) {
        self.init(
            address: message.addresses.first.flatMap { IPAddress($0) },
            isReady: message.conditions.hasReady ? message.conditions.ready : true, zone: message.zone,
            pod: EndpointSlice.PodReference(message.targetRef, in: namespace))
    }
}

extension EndpointSlice.PodReference {
    fileprivate init?(_ message: Core_ObjectReference, in namespace: String) {
        guard message.kind == "Pod", !message.name.isEmpty else { return nil }
        let home = message.namespace.isEmpty ? namespace : message.namespace
        self.init(name: ObjectName(namespace: home, name: message.name), uid: message.uid)
    }
}

extension EndpointSlice.Port {
    fileprivate init(_ message: Discovery_EndpointPort, at path: @autoclosure () -> String) throws {
        self.init(
            name: message.name, port: message.hasPort ? try UInt16(port: message.port, at: path()) : nil,
            transport: message.protocol.isEmpty ? "TCP" : message.protocol)
    }
}
