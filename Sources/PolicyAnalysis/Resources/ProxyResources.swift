internal import ControlLoop
internal import EnvoyAPI
internal import EnvoyTranslator
package import MeshModel
internal import MeshPolicy
internal import PolicyCompiler
internal import SwiftProtobuf
package import XDSCache

/// The exact resources of a proxy.
package struct ProxyResources: Sendable {
    /// The pod.
    package let pod: ObjectName
    /// Sorted by type and name.
    package let resources: [Resource]
    /// Whether it gets services that every client may call only when its pod first calls them: none of those is among the
    /// resources unless a policy names it.
    package let isLazy: Bool

    /// Why a resource cannot be shown.
    package struct Unreadable: Error, CustomStringConvertible {
        let resource: ResourceName
        let reason: String

        package var description: String { "\(resource) cannot be shown: \(reason)" }
    }

    /// All of them as JSON, with the names of Envoy's API: equal resources are equal text.
    ///
    /// Each stands with its type, name and version under `resources`, in the order in which Envoy wants them made.
    package func json() throws -> String {
        let parts = try resources.map { resource in
            let body = IndentedJSON.text(try Self.json(of: resource), margin: 4)
            return """
                  {
                    "type": \(PolicyDraft.quoted(resource.key.name.type.url)),
                    "name": \(PolicyDraft.quoted(resource.key.name.name)),
                    "version": \(PolicyDraft.quoted(resource.version)),
                    "resource": \(body)
                  }
                """
        }
        let list = parts.isEmpty ? "[]" : "[\n\(parts.joined(separator: ",\n"))\n]"
        return """
            {
              "proxy": \(PolicyDraft.quoted(pod.description)),
              "resources": \(list)
            }

            """
    }

    private static func json(of resource: Resource) throws -> String {
        do {
            switch resource.key.name.type {
            case .cluster: return try text(Envoy_Config_Cluster_V3_Cluster.self, resource.body)
            case .endpoints: return try text(Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self, resource.body)
            case .secret: return try text(Envoy_Extensions_TransportSockets_Tls_V3_Secret.self, resource.body)
            case .listener: return try text(Envoy_Config_Listener_V3_Listener.self, resource.body)
            case .route: return try text(Envoy_Config_Route_V3_RouteConfiguration.self, resource.body)
            default: return try text(Envoy_Config_Core_V3_TypedExtensionConfig.self, resource.body)
            }
        } catch {
            throw Unreadable(resource: resource.key.name, reason: "\(error)")
        }
    }

    private static func text<Content: Message>(_ type: Content.Type, _ body: [UInt8]) throws -> String {
        EnvelopedMessages.register()
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.useDeterministicOrdering = true
        return try Content(serializedBytes: body).jsonString(options: options)
    }
}

extension CompiledMesh {
    /// The exact resources of a pod's proxy; `nil` without one.
    ///
    /// The certificate of the workload is not among them: it is made for each proxy by itself.
    package func resources(of pod: ObjectName) -> ProxyResources? {
        guard let view = view(of: pod) else { return nil }
        var found: [ResourceName: Resource] = [:]
        for derived in view.layers.flatMap({ value(ViewLayer.self, $0) }) {
            for resource in value(DerivedQuery.self, derived)?.resources() ?? []
            where found[resource.key.name] == nil {
                found[resource.key.name] = resource
            }
        }
        return ProxyResources(
            pod: pod, resources: found.values.sorted { $0.key < $1.key }, isLazy: view.egress.isLazy)
    }
}
