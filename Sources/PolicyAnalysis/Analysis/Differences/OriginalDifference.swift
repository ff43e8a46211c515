import MeshModel
import MeshPolicy
import PolicyCompiler

/// Something that objects mean otherwise than they meant in Open Service Mesh, and how to see which objects those are.
///
/// The list follows the page "Differences from the original"; what no object tells, such as how proxies are served, is
/// not in it.
package struct OriginalDifference: Sendable {
    /// The kind of finding; its summary is how the line of that page begins, word for word.
    package let rule: FindingRule
    private let places: @Sendable (CompiledMesh) -> [FoundPlace]

    init(_ id: String, _ line: String, _ places: @escaping @Sendable (CompiledMesh) -> [FoundPlace]) {
        rule = FindingRule(id: "original/\(id)", summary: line)
        self.places = places
    }

    /// Where in a mesh it makes a difference: by object.
    func find(_ mesh: CompiledMesh) -> [FoundPlace] { places(mesh) }

    /// All of them, in the order of the page.
    package static let all = access + splits + services + egress + ingress + limits + retries + observation
}

extension MeshObject {
    /// A field of the object, and what is to say of it.
    func place(_ path: String, _ message: String) -> FoundPlace {
        FoundPlace(object: key, path: path, message: message)
    }
}

extension CompiledMesh {
    /// Objects of namespaces in the mesh: sorted by name, the malformed ones left out.
    func valid<Object: MeshObject>(_ kind: KeyPath<MeshContents, [ObjectName: ObjectRow<Object>]>) -> [Object] {
        all(kind).filter { contents.problems(of: $0.key).isEmpty }
    }

    /// Objects of namespaces in the mesh: sorted by name, with those that are malformed.
    func all<Object: MeshObject>(_ kind: KeyPath<MeshContents, [ObjectName: ObjectRow<Object>]>) -> [Object] {
        contents[keyPath: kind].values.map(\.object).sorted { $0.name < $1.name }
            .filter { value(NamespaceMode.self, $0.namespace) != .outside }
    }

    /// The Services of the mesh whose pods run as an identity.
    func services(of identity: ServiceIdentity) -> [ObjectName] {
        value(IdentityServices.self, identity)
    }
}
