/// The access log of a pod's Envoy: one JSON object for each request, or each connection that was no request.
struct AccessLog {
    /// Every line so far.
    private(set) var lines: [LogFields] = []
    private var tail: LogTail

    init(path: String) { tail = LogTail(path: path) }

    mutating func refresh() { lines += tail.newLines().compactMap { LogFields(line: $0) } }
}

extension LogFields {
    /// The TrafficTarget rule that allowed the request; `nil` if none did.
    var decidingPolicy: String? { self["policy"] }
    /// Why Envoy answered as it did.
    var responseDetails: String? { self["response_code_details"] }
    var path: String? { self["path"] }
    /// Whether it is a request that the pod got, from a peer with a certificate.
    var isInbound: Bool { self["peer"] != nil }
}
