internal import MeshModel

/// A kind of object as the API server names it.
public struct APIResource: Hashable, Sendable, CustomStringConvertible {
    /// The API group; empty for the core group.
    public let group: String
    /// The version, such as `v1`.
    public let version: String
    /// The name of the kind in paths, such as `pods`.
    public let plural: String
    /// Whether objects of this kind live in namespaces.
    public let isNamespaced: Bool

    /// A kind of object.
    public init(group: String, version: String, plural: String, isNamespaced: Bool) {
        self.group = group
        self.version = version
        self.plural = plural
        self.isNamespaced = isNamespaced
    }

    /// `plural.version.group`, as kubectl takes it.
    public var description: String { group.isEmpty ? "\(plural).\(version)" : "\(plural).\(version).\(group)" }

    /// `plural.group`, the name of the kind whatever its version; `plural` alone in the core group.
    public var name: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// `group/version`, as manifests write it; `version` alone in the core group.
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The path of the version, such as `/api/v1` or `/apis/apps/v1`.
    var versionPath: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }

    /// The path of all objects, in one namespace or in all.
    func path(namespace: String?) -> String {
        guard isNamespaced, let namespace, !namespace.isEmpty else { return "\(versionPath)/\(plural)" }
        return "\(versionPath)/namespaces/\(namespace.pathEncoded)/\(plural)"
    }

    /// The path of one object, or of a subresource of it.
    func path(_ name: ObjectName, subresource: String? = nil) -> String {
        let object = "\(path(namespace: name.namespace))/\(name.name.pathEncoded)"
        return subresource.map { "\(object)/\($0.pathEncoded)" } ?? object
    }
}

extension String {
    /// The text with all but unreserved characters percent-encoded.
    var pathEncoded: String {
        var encoded = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
