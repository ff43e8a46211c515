import EnvoyAPI
import EnvoyTranslator
import Foundation
import SwiftProtobuf
import XDSCache

extension Resource {
    /// The message of a type of resource, decoded.
    func message<Content: Message>(_ type: Content.Type = Content.self) throws -> Content {
        try Content(serializedBytes: body)
    }

    /// The message as JSON with the names of the API's fields.
    func json() throws -> JSONValue {
        let text =
            switch key.name.type {
            case .cluster: try message(Envoy_Config_Cluster_V3_Cluster.self).reviewed()
            case .endpoints: try message(Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self).reviewed()
            case .secret: try message(Envoy_Extensions_TransportSockets_Tls_V3_Secret.self).reviewed()
            case .listener: try message(Envoy_Config_Listener_V3_Listener.self).reviewed()
            case .route: try message(Envoy_Config_Route_V3_RouteConfiguration.self).reviewed()
            case .extension: try message(Envoy_Config_Core_V3_TypedExtensionConfig.self).reviewed()
            default: throw UnknownResource(name: key.name)
            }
        return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }
}

/// A resource of a type that these tests cannot read.
struct UnknownResource: Error {
    let name: ResourceName
}

extension Message {
    fileprivate func reviewed() throws -> String {
        EnvelopedMessages.register()
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        return try jsonString(options: options)
    }
}
