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
        /// The API server of the tests, which carries its own, compressed. It has only the version before of EndpointSlices,
        /// which stands for ours here.
        case apiServer

        /// What it is the origin of.
        var api: Checkout.API { self == .apiServer ? .kubernetes : .envoy }
    }

    /// Ours, as protoc reads them.
    static func ours(_ api: Checkout.API) throws -> Google_Protobuf_FileDescriptorSet {
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
                    "--descriptor_set_in=\(wellKnown.path())", "--proto_path=\(api.protos.path())",
                    "--include_imports", "--descriptor_set_out=\(result.path())",
                ] + Checkout.files(of: api, in: "protos", suffix: ".proto"))
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
        let program = Checkout.cache.appending(
            path: origin == .apiServer ? "control-plane/kube-apiserver" : "bin/envoy"
        ).path()
        if origin != .package { try Checkout.requireProgram(program) }
        try Checkout.run(python, ["-c", script, origin.rawValue, program, result.path()] + files)
    }

    /// Writes a descriptor set.
    ///
    /// A program that links a `.proto` file holds its serialized descriptor as it is: it begins with the file's name and
    /// ends before a byte that cannot continue it. Several are copies; the longest, with all options, is taken. A program in
    /// Go holds it in the form of gzip.
    private static let script = #"""
        import importlib, sys, zlib
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

        def compressed(data):
            found, start = {}, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
            at = data.find(start)
            while at >= 0:
                try:
                    text = zlib.decompressobj(31).decompress(data[at : at + (1 << 22)])
                    file = descriptor_pb2.FileDescriptorProto.FromString(text)
                    found[file.name.removeprefix("k8s.io/kubernetes/vendor/")] = file
                except Exception:
                    pass  # What else is compressed.
                at = data.find(start, at + 1)
            before = "k8s.io/api/discovery/v1beta1/generated.proto"
            newer = descriptor_pb2.FileDescriptorProto()
            newer.CopyFrom(found[before])
            newer.package = newer.package.replace("v1beta1", "v1")
            for message in newer.message_type:
                for field in message.field:
                    field.type_name = field.type_name.replace(".discovery.v1beta1.", ".discovery.v1.")
            found[before.replace("v1beta1", "v1")] = newer
            return found

        data = None if origin == "package" else open(program, "rb").read()
        files = compressed(data) if origin == "apiServer" else {}
        found = descriptor_pb2.FileDescriptorSet()
        for name in names:
            if origin == "apiServer":
                if name in files:
                    files[name].name = name
                    found.file.append(files[name])
                continue
            text = from_program(data, name) if data else from_package(name)
            if text is not None:
                found.file.append(descriptor_pb2.FileDescriptorProto.FromString(text))
        open(result, "wb").write(found.SerializeToString())
        """#
}
