internal import Foundation
internal import MeshModel
internal import Yams

/// The text of one of the files of `config` and `crds`, which are in the program.
struct ManifestText {
    let text: String

    init(_ bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

    /// The objects in it, in their order.
    ///
    /// - Throws: ``InstallationError`` for what is no YAML: the program is damaged.
    func objects() throws -> [InstallationObject] {
        do {
            return try Array(Yams.load_all(yaml: text)).map { JSONContent(parsed: $0) }.filter { $0 != .null }
                .map { try InstallationObject($0) }
        } catch let error as YamlError {
            throw InstallationError("a manifest within this program cannot be read: \(error)")
        }
    }

    /// The only object in it.
    ///
    /// - Throws: ``InstallationError``.
    func object() throws -> InstallationObject {
        let all = try objects()
        guard all.count == 1 else {
            throw InstallationError("a manifest within this program has \(all.count) objects in place of one")
        }
        return all[0]
    }
}

extension JSONContent {
    /// What the parser makes of YAML.
    fileprivate init(parsed value: Any) {
        switch value {
        case let value as Bool: self = .boolean(value)
        case let value as Int: self = .integer(Int64(value))
        case let value as Double: self = .number(value)
        case let value as String: self = .string(value)
        case let value as [Any]: self = .array(value.map { JSONContent(parsed: $0) })
        case let value as [String: Any]: self = .object(value.mapValues { JSONContent(parsed: $0) })
        default: self = .null
        }
    }
}
