internal import EnvoyAPI
internal import MeshModel

/// The text of a listener and a cluster for the probe of one application, but for what is the application's own.
///
/// Most pods have one container whose probes are plain HTTP: for them no message is made. The text is what the messages
/// of the same probe are written as.
struct ProbeTemplate {
    private let listener: Text
    private let cluster: Text

    private static let sample = ProbedRequest(
        .liveness, of: "container-mark", isTLS: false, port: 54321, path: "/path-mark", timeout: 1_098_765)

    /// - Parameter kind: Whose listener it is.
    /// - Throws: `InjectorError` with the code `encoding`.
    init(_ kind: Probe.Kind, families: Set<IPAddress.Family>) throws {
        let sample = ProbedRequest(
            kind, of: Self.sample.container, isTLS: false, port: Self.sample.port, path: Self.sample.path,
            timeout: Self.sample.timeout)
        listener = Text(
            try Bootstrap.probeListeners([sample], families: families).map { ",\(try $0.json(of: $0.name))" }.joined())
        cluster = Text(try Bootstrap.probeClusters([sample]).map { ",\(try $0.json(of: $0.name))" }.joined())
    }

    /// Whether the text of a probe that is the only one of its kind can be had by filling in.
    static func fits(_ request: ProbedRequest) -> Bool {
        !request.isTLS && (0..<Int64(1_000_000)).contains(request.timeout) && request.container.utf8.allSatisfy(isPlain)
            && request.path.utf8.allSatisfy { isPlain($0) || UInt8(ascii: "/") == $0 || UInt8(ascii: ".") == $0 }
    }

    /// What needs no escape in JSON, and none in an expression.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Appends the listener of a probe that fits, as part of a JSON string, after a comma.
    func writeListener(_ request: ProbedRequest, to bytes: inout [UInt8]) { listener.write(request, to: &bytes) }

    /// Appends the cluster of a probe that fits, as part of a JSON string, after a comma.
    func writeCluster(_ request: ProbedRequest, to bytes: inout [UInt8]) { cluster.write(request, to: &bytes) }

    /// A text with places.
    private struct Text {
        private enum Place: CaseIterable {
            case container, port, path, timeout

            func text(of request: ProbedRequest) -> String {
                switch self {
                case .container: request.container
                case .port: String(request.port)
                case .path: request.path
                case .timeout: String(request.timeout)
                }
            }
        }

        private let first: [UInt8]
        /// What is filled in, and what follows it.
        private let rest: [(place: Place, text: [UInt8])]

        init(_ text: String) {
            var pieces: [(place: Place?, text: String)] = [(nil, text)]
            for place in Place.allCases {
                pieces = pieces.flatMap { piece in
                    piece.text.split(separator: place.text(of: ProbeTemplate.sample), omittingEmptySubsequences: false)
                        .enumerated().map { ($0.offset == 0 ? piece.place : place, String($0.element)) }
                }
            }
            first = JSONValue.escaped(pieces[0].text)
            rest = pieces.dropFirst().compactMap { piece in
                piece.place.map { ($0, JSONValue.escaped(piece.text)) }
            }
        }

        func write(_ request: ProbedRequest, to bytes: inout [UInt8]) {
            bytes += first
            for (place, text) in rest {
                bytes += place.text(of: request).utf8
                bytes += text
            }
        }
    }
}
