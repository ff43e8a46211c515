import SwiftProtobuf

/// What a set of `.proto` files declares, by full names: what two sets are compared by.
struct Schema {
    /// Everything about a field that the wire or generated code depends on.
    struct Field: Hashable {
        let number: Int32
        let type: Google_Protobuf_FieldDescriptorProto.TypeEnum
        let typeName: String
        let label: Google_Protobuf_FieldDescriptorProto.Label
        /// The oneof that was written; the one that stands for `optional` is not a name anybody wrote.
        let oneof: String
        let isOptional: Bool
        let isMap: Bool
        /// What the file says about packing: empty if nothing.
        let packing: String
    }

    struct Message {
        let file: String
        let isMapEntry: Bool
        var fields: [String: Field] = [:]
    }

    struct Enumeration {
        let file: String
        var values: [String: Int32] = [:]
    }

    private(set) var files: [String: String] = [:]
    private(set) var messages: [String: Message] = [:]
    private(set) var enumerations: [String: Enumeration] = [:]

    /// The schema of a set, without the well-known types.
    init(_ set: Google_Protobuf_FileDescriptorSet) {
        for file in set.file where !file.name.hasPrefix("google/protobuf/") {
            files[file.name] = "\(file.syntax) \(file.package)"
            for message in file.messageType { add(message, in: file.package, file: file.name) }
            for enumeration in file.enumType { add(enumeration, in: file.package, file: file.name) }
        }
    }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String, file: String) {
        let name = "\(scope).\(message.name)"
        let entries = Set(message.nestedType.filter(\.options.mapEntry).map { ".\(name).\($0.name)" })
        var result = Message(file: file, isMapEntry: message.options.mapEntry)
        for field in message.field {
            let isWritten = field.hasOneofIndex && !field.proto3Optional
            result.fields[field.name] = Field(
                number: field.number, type: field.type, typeName: field.typeName, label: field.label,
                oneof: isWritten ? message.oneofDecl[Int(field.oneofIndex)].name : "",
                isOptional: field.proto3Optional, isMap: entries.contains(field.typeName),
                packing: field.options.hasPacked ? "\(field.options.packed)" : "")
        }
        messages[name] = result
        for nested in message.nestedType { add(nested, in: name, file: file) }
        for enumeration in message.enumType { add(enumeration, in: name, file: file) }
    }

    private mutating func add(_ enumeration: Google_Protobuf_EnumDescriptorProto, in scope: String, file: String) {
        var result = Enumeration(file: file)
        for value in enumeration.value { result.values[value.name] = value.number }
        enumerations["\(scope).\(enumeration.name)"] = result
    }
}
