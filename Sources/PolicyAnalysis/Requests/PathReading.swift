/// What proxies make of a path before they look at policies.
///
/// They are told to remove `.` and `..` and repeated slashes, and to refuse what a server may read in two ways
/// (`HttpConnectionManager+Settings`).
enum PathReading: Equatable {
    /// Who asks gets this status in place of an answer.
    case rejected(status: Int, reason: String)
    /// It is this one.
    case understood(String)

    /// The longest path with headers that Envoy takes by default, in bytes.
    private static let limit = 60 * 1024

    /// Reads a path with its query.
    init(_ path: String) {
        guard path.utf8.count <= Self.limit else {
            self = .rejected(status: 431, reason: "the path is longer than 60 KiB")
            return
        }
        guard !path.contains("#") else {
            self = .rejected(status: 400, reason: "the path has a fragment, which no client sends")
            return
        }
        let end = path.firstIndex(of: "?") ?? path.endIndex
        let lowered = path[..<end].lowercased()
        for escape in ["%2f", "%5c"] where lowered.contains(escape) {
            self = .rejected(status: 400, reason: "the path has an escaped slash, `\(escape)`")
            return
        }
        self = .understood(Self.normalized(path[..<end]) + path[end...])
    }

    private static func normalized(_ path: Substring) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var kept: [Substring] = []
        for (index, part) in parts.enumerated() {
            let endsPath = index == parts.count - 1
            if part == ".." { _ = kept.popLast() }
            guard part == "." || part == ".." else {
                kept.append(part)
                continue
            }
            if endsPath { kept.append("") }
        }
        // Repeated slashes become one afterwards; of a path of slashes alone Envoy leaves two.
        let named = kept.filter { !$0.isEmpty }
        if named.isEmpty { return kept.count > 1 ? "//" : "/" }
        return "/" + named.joined(separator: "/") + (kept.last?.isEmpty == true ? "/" : "")
    }
}
