internal import MeshModel

/// What is wrong with a document that is YAML, or worth a remark.
struct DocumentFault: Error {
    var subject: ManifestProblem.Subject?
    let path: String
    let message: String
    var isFatal = true
}

/// The fields of a document that say what it is: `apiVersion`, `kind`, namespace and name.
struct DocumentHead {
    /// The document, or the item of a list.
    let node: YAMLNode
    private let apiVersion: String
    private let kind: String

    /// A document by itself.
    init(_ node: YAMLNode) { self.init(node, apiVersion: nil, kind: nil) }

    /// An item of a typed list may leave out what the list says of all items.
    private init(_ node: YAMLNode, apiVersion: String?, kind: String?) {
        self.node = node
        self.apiVersion = node["apiVersion"]?.text ?? apiVersion ?? ""
        self.kind = node["kind"]?.text ?? kind ?? ""
    }

    /// The objects of a list (`List`, `ServiceList`); `nil` if this is none.
    var items: [DocumentHead]? {
        guard kind.hasSuffix("List"), case .list(let items)? = node["items"]?.value else { return nil }
        let itemKind = kind == "List" ? nil : String(kind.dropLast("List".count))
        return items.filter { !$0.isNull }
            .map { DocumentHead($0, apiVersion: itemKind == nil ? nil : apiVersion, kind: itemKind) }
    }

    /// What problems call the document.
    var subject: ManifestProblem.Subject? {
        let name = node["metadata"]?["name"]?.text ?? ""
        if let known = ObjectKind(rawValue: kind), known.group == group, !name.isEmpty {
            return .object(ObjectKey(kind: known, name: ObjectName(namespace: namespace(known), name: name)))
        }
        guard !kind.isEmpty else { return nil }
        return .text(name.isEmpty ? kind : "\(kind) \(name)")
    }

    /// The kind, if it is one that the mesh reads, in one of its versions.
    func objectKind() throws(DocumentFault) -> ObjectKind {
        guard case .map = node.value else {
            throw DocumentFault(
                path: "", message: "\(node.summary): write an object with apiVersion, kind and metadata")
        }
        try requireText("apiVersion", apiVersion)
        try requireText("kind", kind)
        guard let known = ObjectKind(rawValue: kind), known.group == group else {
            throw DocumentFault(
                subject: .text(kind), path: "",
                message: "objects of this kind of `\(apiVersion)` are not read by the mesh: they are left out",
                isFatal: false)
        }
        guard known.versions.contains(version) else {
            let readable = known.versions.map { known.group.isEmpty ? $0 : "\(known.group)/\($0)" }
            throw DocumentFault(
                path: "apiVersion",
                message: "`\(apiVersion)` is not a version that is read: write \(readable.joined(separator: " or "))")
        }
        return known
    }

    /// The document with its namespace filled in, and remarks on that.
    func located(_ kind: ObjectKind) throws(DocumentFault) -> (YAMLNode, [DocumentFault]) {
        guard let metadata = node["metadata"], case .map = metadata.value else {
            throw DocumentFault(path: "metadata", message: "is missing: write at least a name")
        }
        if let name = metadata["name"]?.text, name.isEmpty {
            throw DocumentFault(path: "metadata.name", message: "is empty: write the object's name")
        }
        let given = metadata["namespace"]
        let hasNamespace = given.map { !$0.isNull && $0.text != "" } ?? false
        guard hasNamespace == kind.isClusterScoped else { return (node, []) }
        let filled = metadata.setting(
            "namespace", to: YAMLNode(value: .text(namespace(kind)), line: given?.line ?? metadata.line))
        let message =
            kind.isClusterScoped
            ? "has no meaning here: a \(kind.rawValue) lives in no namespace"
            : "is missing: taken as `default`"
        return (
            node.setting("metadata", to: filled),
            [DocumentFault(path: "metadata.namespace", message: message, isFatal: false)]
        )
    }

    /// The object that a document spells.
    func object(_ kind: ObjectKind, _ located: YAMLNode) throws(DocumentFault) -> ManifestObject {
        do {
            return try ManifestObject(kind, from: located)
        } catch let error as DecodingError {
            let problem = Problem(error)
            throw DocumentFault(path: problem.path, message: problem.message)
        } catch {
            throw DocumentFault(path: "", message: "cannot be read: \(error)")
        }
    }

    private func requireText(_ field: String, _ text: String) throws(DocumentFault) {
        guard text.isEmpty else { return }
        let summary = node[field].flatMap { $0.isNull || $0.text == "" ? nil : $0.summary } ?? "is missing"
        throw DocumentFault(path: field, message: "\(summary): write a text such as \(Self.examples[field] ?? "")")
    }

    private static let examples = ["apiVersion": "v1", "kind": "Service"]

    private func namespace(_ kind: ObjectKind) -> String {
        guard !kind.isClusterScoped else { return "" }
        let given = node["metadata"]?["namespace"]?.text ?? ""
        return given.isEmpty ? "default" : given
    }

    private var group: String {
        apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
    }

    private var version: String {
        apiVersion.contains("/") ? String(apiVersion.drop { $0 != "/" }.dropFirst()) : apiVersion
    }
}
