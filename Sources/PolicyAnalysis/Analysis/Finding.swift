package import ManifestSource
internal import MeshModel

/// Something that an analysis has to say about an object or a file.
package struct Finding: Hashable, Sendable {
    /// How bad it is.
    package enum Severity: String, Hashable, Comparable, Sendable, CaseIterable {
        /// Something that is written has no effect, or not the one that it says.
        case error
        /// It works, and is probably not what was meant.
        case warning
        /// It is worth knowing.
        case note

        /// The worst first.
        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .note: 2
            }
        }
    }

    /// How bad it is.
    package let severity: Severity
    /// What kind of thing it is.
    package let rule: FindingRule
    /// What it is about: `Kind namespace/name`, or what names the document best; empty for a file.
    package let subject: String
    /// The path of the field; empty for the whole.
    package let path: String
    /// What is to say.
    package let message: String
    /// Where it is; `nil` where no file is known.
    package let location: ManifestLocation?

    /// `file:line: severity: subject: path: message [rule]`.
    package var text: String {
        let parts = [location.map { $0.line == 0 ? $0.file : $0.description }, severity.rawValue, subject, path]
        return (parts.compactMap(\.self).filter { !$0.isEmpty } + [message]).joined(separator: ": ") + " [\(rule.id)]"
    }
}

extension Finding: Comparable {
    /// By file and line, then by how bad it is, then by words.
    package static func < (left: Finding, right: Finding) -> Bool {
        (left.location?.file ?? "", left.location?.line ?? 0, left.severity, left.text)
            < (right.location?.file ?? "", right.location?.line ?? 0, right.severity, right.text)
    }
}

/// A kind of finding.
package struct FindingRule: Hashable, Sendable {
    /// The name by which tools know it.
    package let id: String
    /// What it stands for, in a sentence.
    package let summary: String

    /// A document that brings no object, or an object that cannot be read.
    package static let unreadable = FindingRule(id: "unreadable", summary: "A document cannot be read.")
    /// A document of which nothing, or not all, is read.
    package static let remark = FindingRule(id: "remark", summary: "A document is not read as it is written.")
    /// An object that is wrong by itself.
    package static let invalid = FindingRule(id: "invalid", summary: "An object is wrong by itself and has no effect.")
    /// An object whose claim an older one has.
    package static let conflict = FindingRule(id: "conflict", summary: "An older object holds what this one claims.")
    /// A reference to what is not there.
    package static let unresolved = FindingRule(
        id: "unresolved", summary: "An object names what is not there or cannot be used.")
    /// An object that the mesh does not read.
    package static let outside = FindingRule(id: "outside-mesh", summary: "An object is none of the mesh's.")
    /// An object that nothing uses.
    package static let unused = FindingRule(id: "unused", summary: "Nothing uses an object.")
    /// Something that has no effect since something else says as much.
    package static let shadowed = FindingRule(
        id: "shadowed", summary: "What an object says is said by another already.")

    /// Those that are always the same; beside them there are those of ``OriginalDifference``.
    static let own: [FindingRule] = [
        .unreadable, .remark, .invalid, .conflict, .unresolved, .outside, .unused, .shadowed,
    ]

    /// Every rule: sorted by id.
    package static var all: [FindingRule] {
        (own + OriginalDifference.all.map(\.rule)).sorted { $0.id < $1.id }
    }
}
