/// What proxies make of a request before they look at policies.
extension Request {
    /// A request as it is understood.
    package enum Reading: Hashable {
        /// It is not taken; the status of the answer.
        case rejected(Int)
        /// It is this one.
        case understood(Request)
    }

    /// The longest path and headers that a proxy takes, in bytes (Envoy's default is 60 KiB).
    package static let limit = 60 * 1024

    /// The request as proxies read it: two spellings of one path are one path, and what servers may read in two ways
    /// is no path at all.
    package var reading: Reading {
        if path.utf8.count > Self.limit { return .rejected(431) }
        // A fragment is never sent; who sends one wants the parts behind it overlooked.
        if path.contains("#") { return .rejected(400) }
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.count > 1 ? "?" + parts[1] : ""
        let lower = parts[0].lowercased()
        if lower.contains("%2f") || lower.contains("%5c") { return .rejected(400) }
        return .understood(
            Request(method: method, path: Self.normal(String(parts[0])) + query, host: host, headers: headers))
    }

    /// A path without `.` and `..` segments (RFC 3986, section 5.2.4), and then without empty ones.
    private static func normal(_ path: String) -> String {
        var segments: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in all.enumerated() {
            let isLast = index == all.count - 1
            switch segment {
            case ".": if isLast { segments.append("") }
            case "..":
                segments = segments.dropLast()
                if isLast { segments.append("") }
            default: segments.append(segment)
            }
        }
        let named = segments.filter { !$0.isEmpty }
        // Of slashes alone proxies leave two.
        guard !named.isEmpty else { return segments.count > 1 ? "//" : "/" }
        return "/" + named.joined(separator: "/") + (segments.last?.isEmpty == true ? "/" : "")
    }
}
