import Foundation

/// Standard output, a line at once also where it is no terminal.
enum Output {
    static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
