internal import ArgumentParser
internal import MeshModel
internal import PolicyAnalysis

/// A name in a namespace as a word of the command line: `namespace/name`, perhaps with a port behind it.
struct NamespacedName: ExpressibleByArgument, Equatable {
    let name: ObjectName
    /// The port; `nil` for none.
    let port: UInt16?

    /// Reads a word.
    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, names.count == 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
        name = ObjectName(namespace: String(names[0]), name: String(names[1]))
        guard parts.count == 2 else {
            port = nil
            return
        }
        guard let number = UInt16(parts[1]), number > 0 else { return nil }
        port = number
    }

    /// The ServiceAccount of the name.
    var identity: ServiceIdentity { ServiceIdentity(namespace: name.namespace, serviceAccount: name.name) }
}

/// A header of a request as a word of the command line: `name: value`.
struct HeaderArgument: ExpressibleByArgument, Equatable {
    let header: RequestDescription.Header

    /// Whether it is the request's host, which HTTP/2 names otherwise.
    var isHost: Bool { [":authority", "host"].contains(header.name.lowercased()) }

    /// Reads a word.
    init?(argument: String) {
        // The name of HTTP/2's own header begins with the mark.
        let start = argument.hasPrefix(":") ? argument.index(after: argument.startIndex) : argument.startIndex
        guard let colon = argument[start...].firstIndex(of: ":"), colon > start else { return nil }
        header = RequestDescription.Header(
            name: String(argument[..<colon]).trimmingWhitespace,
            value: String(argument[argument.index(after: colon)...]).trimmingWhitespace)
    }
}
