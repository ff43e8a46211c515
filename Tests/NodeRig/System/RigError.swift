/// Why the rig cannot do something.
struct RigError: Error, CustomStringConvertible {
    let description: String

    init(_ message: String) { description = message }
}
