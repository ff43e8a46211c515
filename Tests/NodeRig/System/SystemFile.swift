import SystemPackage

/// Files of the kernel, which have no size and come in pieces.
enum SystemFile {
    /// The whole text of a file; empty if it cannot be read.
    static func text(_ path: String) -> String {
        guard let file = try? FileDescriptor.open(path, .readOnly) else { return "" }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try? piece.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
