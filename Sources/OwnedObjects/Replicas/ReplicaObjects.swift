internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel

/// The ConfigMaps in which replicas tell of themselves.
struct ReplicaObjects: Sendable {
    let client: KubernetesClient
    let namespace: String
    /// The first of this replica.
    let head: ObjectName
    private let meshName: String

    /// The label of the objects; its value is the mesh's name.
    private static let label = "openservicemesh.io/replica-of"

    init(client: KubernetesClient, namespace: String, replica: String, meshName: String) {
        self.client = client
        self.namespace = namespace
        self.meshName = meshName
        head = ObjectName(namespace: namespace, name: "osm-replica-\(replica)")
    }

    private struct Body: Encodable {
        struct Metadata: Encodable {
            var name: String
            var namespace: String
            var labels: [String: String]
        }
        let apiVersion = "v1"
        let kind = "ConfigMap"
        var metadata: Metadata
        var data: [String: String]
    }
    private struct Named: Decodable {
        struct Metadata: Decodable { let name: String }
        let metadata: Metadata
    }

    /// What all of them have, of whatever replica.
    var selector: String { "\(Self.label)=\(meshName)" }

    /// This replica's, by its number.
    private func object(_ part: Int) -> ObjectName {
        part == 0 ? head : ObjectName(namespace: namespace, name: "\(head.name).\(part)")
    }

    /// Which of this replica's it is.
    private func part(_ name: String) -> Int? {
        if name == head.name { return 0 }
        return name.hasPrefix("\(head.name).") ? Int(name.dropFirst(head.name.count + 1)) : nil
    }

    /// Whether an object is this replica's.
    func areOwn(_ name: String) -> Bool { part(name) != nil }

    /// The numbers of this replica's that there are.
    func present() async throws -> [Int] {
        try await client.list(.configMap, namespace: namespace, labelSelector: selector, as: Named.self)
            .compactMap { part($0.metadata.name) }
    }

    func write(_ number: Int, _ text: String) async throws {
        let object = object(number)
        let body = Body(
            metadata: .init(name: object.name, namespace: namespace, labels: [Self.label: meshName]),
            data: ["proxies": text, "renewed": Date().formatted(.iso8601)])
        if try await !client.mergePatch(.configMap, object, subresource: nil, body: body) {
            _ = try await client.create(.configMap, object, body: body)
        }
    }

    func remove(_ number: Int) async throws { try await client.delete(.configMap, object(number)) }
}
