package import MeshModel

/// Whether somebody may call something.
package struct FlowQuestion: Hashable, Sendable {
    /// Who calls.
    package var client: ServiceIdentity
    /// The service that is called.
    package var service: ObjectName
    /// The port of the service; `nil` for each of its ports.
    package var port: UInt16?
    /// What is known of the request.
    package var request: RequestDescription

    /// A question.
    package init(
        client: ServiceIdentity, service: ObjectName, port: UInt16? = nil,
        request: RequestDescription = RequestDescription()
    ) {
        self.client = client
        self.service = service
        self.port = port
        self.request = request
    }
}
