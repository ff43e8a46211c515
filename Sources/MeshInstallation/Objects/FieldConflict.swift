internal import Foundation
public import MeshModel

/// A field that somebody else has set otherwise than an object that is to be applied.
///
/// It is found by `metadata.managedFields`, in the format `FieldsV1` of meta/v1. The API server's own list is not used: that
/// of Kubernetes 1.20 holds some fields twice, under wrong paths, and lacks others.
public struct FieldConflict: Equatable, Sendable, CustomStringConvertible {
    /// Where it is, such as `.spec.template.spec.containers[name="osm-controller"].image`.
    public let path: String
    /// Who has set it, such as `kubectl-client-side-apply`.
    public let manager: String
    /// What it says.
    public let stored: JSONContent
    /// What it should say.
    public let wanted: JSONContent

    /// Longer values are cut.
    private static let longestValue = 80

    /// The path, who has set it to what, and what is wanted.
    public var description: String { "\(path) is \(Self.text(stored)) by \(manager), not \(Self.text(wanted))" }

    /// All conflicts.
    ///
    /// - Parameters:
    ///   - wanted: What is to be applied.
    ///   - stored: The object that there is.
    ///   - own: The manager that applies, whose fields are no conflicts.
    /// - Returns: Those of each manager in the object's order, sorted by their paths.
    public static func all(
        between wanted: JSONContent, and stored: JSONContent, besides own: String
    ) -> [FieldConflict] {
        (stored["metadata", "managedFields"]?.elements ?? []).flatMap { entry -> [FieldConflict] in
            guard let manager = entry["manager"]?.text, let fields = entry["fieldsV1"] else { return [] }
            guard manager != own || entry["operation"]?.text != "Apply" else { return [] }
            return all(of: fields, wanted, stored, at: "").map {
                FieldConflict(path: $0.path, manager: manager, stored: $0.stored, wanted: $0.wanted)
            }
        }
    }

    private typealias Difference = (path: String, stored: JSONContent, wanted: JSONContent)

    private static func all(
        of fields: JSONContent, _ wanted: JSONContent?, _ stored: JSONContent?, at path: String
    ) -> [Difference] {
        // Fields that are not mentioned stay with who set them.
        guard let wanted, let stored, let members = fields.members else { return [] }
        guard !members.isEmpty else { return wanted == stored ? [] : [(path, stored, wanted)] }
        return members.sorted { $0.key < $1.key }.flatMap { name, inner -> [Difference] in
            let word = String(name.dropFirst(2))
            if name.hasPrefix("f:") {
                return all(of: inner, wanted[member: word], stored[member: word], at: "\(path).\(word)")
            }
            // What else there is are elements of sets, which conflict with nothing, and the parent itself.
            guard name.hasPrefix("k:"), let keys = keys(word) else { return [] }
            let place = keys.sorted { $0.key < $1.key }.map { "\($0.key)=\(text($0.value))" }.joined(separator: ",")
            return all(of: inner, element(keys, of: wanted), element(keys, of: stored), at: "\(path)[\(place)]")
        }
    }

    private static func keys(_ text: String) -> [String: JSONContent]? {
        try? JSONDecoder().decode([String: JSONContent].self, from: Data(text.utf8))
    }

    /// The element of a list with such members; those that have defaults need not be there.
    private static func element(_ keys: [String: JSONContent], of list: JSONContent) -> JSONContent? {
        list.elements.first { element in
            keys.allSatisfy { name, value in element[member: name].map { $0 == value } ?? true }
        }
    }

    private static func text(_ value: JSONContent) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.count > longestValue ? "\(text.prefix(longestValue))..." : text
    }
}
