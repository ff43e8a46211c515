import Foundation

/// What the rig says of itself.
enum Console {
    /// Writes a line with the time.
    static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(Date().formatted(.iso8601)) node: \(text)\n".utf8))
    }
}
