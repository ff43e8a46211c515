import Foundation
import MeshModel

@testable import ManifestSource

/// A field of a kind's `spec`, as its CustomResourceDefinition describes it.
struct SchemaField: CustomStringConvertible {
    enum Step: Hashable {
        case key(String)
        /// An entry of a list.
        case entry
    }

    let kind: ObjectKind
    let steps: [Step]
    /// `string`, `integer`, `boolean`, `array`, `object`.
    let type: String
    /// The object in which the field stands, with everything that its parents require.
    let manifest: PlainValue
    let schema: YAMLNode

    /// Kind and path.
    var description: String { "\(kind) \(path)" }

    /// The path as problems write it, of the first entry of each list.
    var path: String { Self.text(steps, entry: "[0]") }

    /// The path as documentation writes it.
    var shortPath: String { Self.text(Array(steps.dropFirst()), entry: "[]") }

    /// The value that the field has in the object.
    var value: PlainValue? { manifest.value(at: steps[...]) }

    /// The object with another value in the field, or without it.
    func manifest(with value: PlainValue?) -> PlainValue { manifest.setting(steps[...], to: value) }

    private static func text(_ steps: [Step], entry: String) -> String {
        steps.reduce("") { text, step in
            switch step {
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            case .entry: text + entry
            }
        }
    }
}

extension SchemaField {
    /// The kinds that the mesh reads beside those of Kubernetes.
    static let kinds = ObjectKind.allCases.filter {
        $0.group.hasSuffix("openservicemesh.io") || $0.group.hasSuffix("smi-spec.io")
    }

    /// What is wrong with an object, by the paths of its fields, and what was read of it.
    static func reading(_ manifest: PlainValue) -> (paths: [String], object: ManifestObject?) {
        let file = ManifestFile(name: "a.yaml", text: manifest.json)
        let object = file.entries.first?.object
        return (file.problems.map(\.path) + (object?.object.validate().map(\.path) ?? []), object)
    }

    /// What is wrong with an object, by the paths of its fields.
    static func paths(_ manifest: PlainValue) -> [String] { reading(manifest).paths }

    /// Whether one of the paths is this field's, or that of what is in it.
    ///
    /// The entries of a map are written in brackets, as those of lists of maps are.
    func isTold(in paths: [String]) -> Bool {
        paths.contains { told in
            [path, path.replacing("[0].key", with: "[key]"), path.replacing(".key", with: "[key]")].contains(told)
        }
    }

    /// What is wrong with the object when the field has a value.
    func problems(with value: PlainValue) -> [String] { Self.paths(manifest(with: value)) }

    /// Every field of a kind: the `spec` itself, what is in it, and entries of lists.
    static func all(of kind: ObjectKind) throws -> [SchemaField] {
        let schema = try schema(of: kind)
        let metadata: PlainValue = .map(["name": .text("x"), "namespace": .text("shop")])
        let manifest: PlainValue = .map([
            "apiVersion": .text("\(kind.group)/\(kind.versions[0])"), "kind": .text(kind.rawValue),
            "metadata": metadata, "spec": example(kind, [.key("spec")], of: schema),
        ])
        return fields(kind, [.key("spec")], schema, manifest)
    }

    private static func schema(of kind: ObjectKind) throws -> YAMLNode {
        let file = Fixture.root.appendingPathComponent("crds/\(kind.rawValue.lowercased()).yaml")
        let (documents, _) = YAMLNode.parse(DocumentText.split([UInt8](try Data(contentsOf: file)))[0])
        let version = documents[0]["spec"]?["versions"]?.entries.first
        guard let schema = version?["schema"]?["openAPIV3Schema"]?["properties"]?["spec"] else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return schema
    }

    private static func fields(
        _ kind: ObjectKind, _ steps: [Step], _ schema: YAMLNode, _ manifest: PlainValue
    ) -> [SchemaField] {
        // The parents of the field have what they require.
        let manifest = manifest.setting(steps[...], to: example(kind, steps, of: schema))
        var all = [
            SchemaField(
                kind: kind, steps: steps, type: schema["type"]?.text ?? "object", manifest: manifest, schema: schema)
        ]
        for field in schema["properties"]?.fields ?? [] {
            all += fields(kind, steps + [.key(field.key)], field.value, manifest)
        }
        if let items = schema["items"] { all += fields(kind, steps + [.entry], items, manifest) }
        if let values = schema["additionalProperties"], values["type"] != nil {
            all += fields(kind, steps + [.key("key")], values, manifest)
        }
        return all
    }

    /// Words that have a meaning where the schema takes any, so that what follows from them is looked at, too.
    private static let words = [
        "protocol": "http", "apiGroup": "specs.smi-spec.io/v1alpha4", "retryOn": "5xx", "perTryTimeout": "1s",
        "retryBackoffBaseInterval": "1s",
    ]

    /// The kinds that lists and sources of a kind name.
    private static func referredKind(_ kind: ObjectKind, _ steps: [Step]) -> String {
        switch kind {
        case .ingressBackend: "Service"
        case .retry: steps.contains(.key("source")) ? "ServiceAccount" : "Service"
        case .egress where steps.contains(.key("matches")), .trafficSplit: "HTTPRouteGroup"
        default: "ServiceAccount"
        }
    }

    /// What is required also where the original's schema does not say so.
    private static let named: Set<String> = ["name", "namespace", "path", "requests", "connections", "unit"]

    /// A value of a schema's type, with what is required in it.
    private static func example(_ kind: ObjectKind, _ steps: [Step], of schema: YAMLNode) -> PlainValue {
        switch schema["type"]?.text {
        case "array": return .list([schema["items"].map { example(kind, steps + [.entry], of: $0) } ?? .text("a")])
        case "string":
            guard case .key(let name)? = steps.last else { return .text("a") }
            if let word = schema["enum"]?.entries.first?.text { return .text(word) }
            return .text(name == "kind" ? referredKind(kind, steps) : words[name] ?? "a")
        case "integer", "number": return .integer(1)
        case "boolean": return .boolean(true)
        default:
            let required = Set((schema["required"]?.entries ?? []).compactMap(\.text)).union(named)
            let fields = (schema["properties"]?.fields ?? []).filter { required.contains($0.key) }
            return .map(
                Dictionary(
                    uniqueKeysWithValues: fields.map {
                        ($0.key, example(kind, steps + [.key($0.key)], of: $0.value))
                    }))
        }
    }
}

extension SchemaField {
    /// Values of the right type that the schema refuses, with the reason.
    var refused: [(value: PlainValue, reason: String)] {
        var all: [(PlainValue, String)] = []
        if let least = schema["minimum"]?.integer { all.append((.integer(least - 1), "less than \(least)")) }
        if let most = schema["maximum"]?.integer { all.append((.integer(most + 1), "more than \(most)")) }
        if type == "integer" { all.append((.integer(.min), "far below zero")) }
        if schema["enum"] != nil { all.append((.text("neither"), "none of the words")) }
        if schema["minLength"]?.integer ?? 0 > 0 { all.append((.text(""), "empty")) }
        if let pattern = schema["pattern"]?.text {
            all.append((.text("soon"), "not like \(pattern)"))
            all.append((.text("-"), "not like \(pattern)"))
        }
        if schema["minItems"]?.integer ?? 0 > 0 { all.append((.list([]), "empty")) }
        return all
    }

    /// The fields that the schema requires in this one.
    var required: [String] { (schema["required"]?.entries ?? []).compactMap(\.text) }
}

extension YAMLNode {
    /// The number; `nil` if it is none.
    fileprivate var integer: Int? {
        guard case .integer(let number) = value else { return nil }
        return number
    }

    /// The entries of a list; none of anything else.
    fileprivate var entries: [YAMLNode] {
        guard case .list(let entries) = value else { return [] }
        return entries
    }

    /// The fields of a map; none of anything else.
    fileprivate var fields: [Field] {
        guard case .map(let fields) = value else { return [] }
        return fields
    }
}
