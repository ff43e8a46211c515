import Foundation
import SwiftProtobuf

/// The descriptors of our `.proto` files and of their originals.
enum Descriptors {
    /// Who says what the originals are.
    enum Origin: String, CaseIterable {
        /// The Envoy that we run, which carries its own descriptors.
        case envoy
        /// The published API, which may lag behind.
        case package
    }

    /// Ours, as protoc reads them.
    static func ours() throws -> Google_Protobuf_FileDescriptorSet {
        try Checkout.withScratch { scratch in
            // Debian's protoc comes without the files of the well-known types.
            let wellKnown = scratch.appending(path: "well-known")
            try upstream(
                .package, ["any", "duration", "struct", "wrappers"].map { "google/protobuf/\($0).proto" },
                into: wellKnown)
            let result = scratch.appending(path: "ours")
            try Checkout.run(
                "/usr/bin/protoc",
                [
                    "--descriptor_set_in=\(wellKnown.path())", "--proto_path=\(Checkout.protos.path())",
                    "--include_imports", "--descriptor_set_out=\(result.path())",
                ] + Checkout.files(in: "protos", suffix: ".proto"))
            return try Google_Protobuf_FileDescriptorSet(serializedBytes: Data(contentsOf: result))
        }
    }

    /// The originals of files; those that do not exist are left out.
    static func upstream(_ origin: Origin, _ files: [String]) throws -> Google_Protobuf_FileDescriptorSet {
        try Checkout.withScratch { scratch in
            let result = scratch.appending(path: "upstream")
            try upstream(origin, files, into: result)
            return try Google_Protobuf_FileDescriptorSet(serializedBytes: Data(contentsOf: result))
        }
    }

    private static func upstream(_ origin: Origin, _ files: [String], into result: URL) throws {
        let python = Checkout.cache.appending(path: "venv/bin/python").path()
        let envoy = Checkout.cache.appending(path: "bin/envoy").path()
        if origin == .envoy { try Checkout.requireProgram(envoy) }
        try Checkout.run(python, ["-c", script, origin.rawValue, envoy, result.path()] + files)
    }

    /// Writes a descriptor set.
    ///
    /// A program that links a `.proto` file holds its serialized descriptor as it is: it begins with the file's name and
    /// ends before a byte that cannot continue it. Several are copies; the longest, with all options, is taken.
    private static let script = #"""
        import importlib, sys
        from google.protobuf import descriptor_pb2

        origin, program, result, *names = sys.argv[1:]

        def from_package(name):
            try:
                module = importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
            except ModuleNotFoundError:
                return None
            return module.DESCRIPTOR.serialized_pb

        def number(data, at):
            value = shift = 0
            while True:
                byte = data[at]
                value |= (byte & 127) << shift
                at, shift = at + 1, shift + 7
                if byte < 128:
                    return value, at

        def end(data, at):
            first = True
            while True:
                tag, after = number(data, at)
                field, kind = tag >> 3, tag & 7
                if not (1 <= field <= 14 and kind in (0, 2)) or (field == 1) != first:
                    return at
                value, at = number(data, after)
                if kind == 2:
                    at += value
                first = False

        def from_program(data, name):
            start = b"\n" + bytes([len(name)]) + name.encode() + b"\x12"
            copies, at = [], data.find(start)
            while at >= 0:
                copies.append(data[at:end(data, at)])
                at = data.find(start, at + 1)
            return max(copies, key=len, default=None)

        data = open(program, "rb").read() if origin == "envoy" else None
        found = descriptor_pb2.FileDescriptorSet()
        for name in names:
            text = from_program(data, name) if data else from_package(name)
            if text is not None:
                found.file.append(descriptor_pb2.FileDescriptorProto.FromString(text))
        open(result, "wb").write(found.SerializeToString())
        """#
}
