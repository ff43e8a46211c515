import SwiftProtobuf
import Testing

/// A fault put into our descriptors, and what the comparison must then report.
struct Doctoring: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: [String]
    let apply: @Sendable (inout Google_Protobuf_FileDescriptorSet) throws -> Void

    private init(
        _ testDescription: String, expected: [String],
        apply: @escaping @Sendable (inout Google_Protobuf_FileDescriptorSet) throws -> Void
    ) {
        self.testDescription = testDescription
        self.expected = expected
        self.apply = apply
    }

    private static let core = "envoy.config.core.v3"
    private static let rbac = "envoy.config.rbac.v3.RBAC"

    static let all: [Doctoring] = [
        Doctoring("a number", expected: ["\(core).Pipe.path: number is 9, upstream 1"]) {
            try edit("\(core).Pipe", "path", in: &$0) { $0.number = 9 }
        },
        Doctoring("a type", expected: ["\(core).Pipe.mode: type is string, upstream uint32"]) {
            try edit("\(core).Pipe", "mode", in: &$0) { $0.type = .string }
        },
        Doctoring("a label", expected: ["\(core).Pipe.path: label is repeated, upstream optional"]) {
            try edit("\(core).Pipe", "path", in: &$0) { $0.label = .repeated }
        },
        Doctoring(
            "a type's name",
            expected: ["\(core).Address.pipe: type name is .\(core).Node, upstream .\(core).Pipe"]
        ) {
            try edit("\(core).Address", "pipe", in: &$0) { $0.typeName = ".\(core).Node" }
        },
        Doctoring("a field out of its oneof", expected: ["\(core).Address.pipe: oneof is , upstream address"]) {
            try edit("\(core).Address", "pipe", in: &$0) { $0.clearOneofIndex() }
        },
        Doctoring("presence", expected: ["\(core).Pipe.path: optional is true, upstream false"]) {
            try edit("\(core).Pipe", "path", in: &$0) { $0.proto3Optional = true }
        },
        Doctoring("packing", expected: ["\(core).Pipe.mode: packing is false, upstream "]) {
            try edit("\(core).Pipe", "mode", in: &$0) { $0.options.packed = false }
        },
        Doctoring(
            "a map that is a list",
            expected: [
                "\(rbac).PoliciesEntry: map entry is false, upstream true",
                "\(rbac).policies: map is false, upstream true",
            ]
        ) {
            try edit(rbac, in: &$0) { $0.nestedType[0].options.mapEntry = false }
        },
        Doctoring("the value of a map", expected: ["\(rbac).PoliciesEntry.value: type is bytes, upstream message"]) {
            try edit(rbac, in: &$0) { $0.nestedType[0].field[1].type = .bytes }
        },
        Doctoring("an unknown field", expected: ["\(core).Pipe.depth: no such field upstream"]) {
            try edit("\(core).Pipe", in: &$0) { $0.field.append(.with { $0.name = "depth" }) }
        },
        Doctoring("an unknown message", expected: ["\(core).Pipe.Depth: no such message upstream"]) {
            try edit("\(core).Pipe", in: &$0) { $0.nestedType.append(.with { $0.name = "Depth" }) }
        },
        Doctoring("an unknown enum", expected: ["\(rbac).Mood: no such enum upstream"]) {
            try edit(rbac, in: &$0) { $0.enumType.append(.with { $0.name = "Mood" }) }
        },
        Doctoring(
            "enum values",
            expected: [
                "\(rbac).Action.ALLOW: number is 7, upstream 0", "\(rbac).Action.REFUSE: no such value upstream",
            ]
        ) {
            try edit(rbac, in: &$0) {
                $0.enumType[0].value[0].number = 7
                $0.enumType[0].value[1].name = "REFUSE"
            }
        },
        Doctoring(
            "another syntax",
            expected: ["google/rpc/status.proto: syntax and package is proto2 google.rpc, upstream proto3 google.rpc"]
        ) { set in
            let index = try #require(set.file.firstIndex { $0.name == "google/rpc/status.proto" })
            set.file[index].syntax = "proto2"
        },
        Doctoring(
            "another file",
            expected: [
                "google.rpc.Status: file is status.proto, upstream google/rpc/status.proto",
                "status.proto: no such file upstream",
            ]
        ) { set in
            let index = try #require(set.file.firstIndex { $0.name == "google/rpc/status.proto" })
            set.file[index].name = "status.proto"
        },
    ]

    private static func edit(
        _ name: String, _ field: String, in set: inout Google_Protobuf_FileDescriptorSet,
        _ body: (inout Google_Protobuf_FieldDescriptorProto) -> Void
    ) throws {
        try edit(name, in: &set) { message in
            let index = try #require(message.field.firstIndex { $0.name == field })
            body(&message.field[index])
        }
    }

    private static func edit(
        _ name: String, in set: inout Google_Protobuf_FileDescriptorSet,
        _ body: (inout Google_Protobuf_DescriptorProto) throws -> Void
    ) throws {
        for file in set.file.indices {
            let package = set.file[file].package
            if let message = set.file[file].messageType.firstIndex(where: { "\(package).\($0.name)" == name }) {
                return try body(&set.file[file].messageType[message])
            }
        }
        Issue.record("there is no message \(name)")
    }
}
