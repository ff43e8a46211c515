public import MeshModel

/// What an IngressBackend allows at a port of the pod: to whom, and how they speak to it.
public struct IngressAccess: Hashable, Sendable {
    /// `<namespace>/<IngressBackend>/<Service>`, unique within a port.
    public let name: String
    /// The IngressBackend.
    public let origin: ObjectKey
    /// The service that is called.
    public let service: ObjectName
    /// How clients speak to the port.
    public let transport: Transport
    /// From where clients may call: sorted, without duplicates; empty for nowhere, `nil` for everywhere.
    public let addresses: [IPRange]?

    /// How clients speak to a port.
    public enum Transport: Hashable, Sendable {
        /// HTTP in plain text.
        case plain
        /// HTTP over TLS, answered for the server names: lower case, exact or with a leading `*.`, sorted, without
        /// duplicates; none for any name.
        case tls(serverNames: [String], clients: ClientCertificate)
    }

    /// What clients must show.
    public enum ClientCertificate: Hashable, Sendable {
        /// Nothing.
        case notAsked
        /// A certificate under the roots of the mesh.
        case ofMesh
        /// A certificate under the roots of the mesh that has one of these names: sorted, at least one.
        case named([String])
    }

    /// What an IngressBackend allows.
    public init(
        name: String, origin: ObjectKey, service: ObjectName, transport: Transport, addresses: [IPRange]?
    ) {
        self.name = name
        self.origin = origin
        self.service = service
        self.transport = transport
        self.addresses = addresses
    }
}
