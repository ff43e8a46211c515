internal import AsyncHTTPClient
internal import FoundationEssentials
internal import MeshModel
internal import NIOCore

/// An open watch: the events of its connection.
struct EventStream<Object: SourceObject> {
    /// Events that came together, and what made an end to them.
    struct Heard {
        var events: [WatchEvent<Object>] = []
        var failure: KubernetesError?
    }

    /// The longest line that is taken: an object of the largest size that etcd stores is a tenth of it.
    static var longestLine: Int { 16 << 20 }

    private var body: HTTPClientResponse.Body.AsyncIterator
    private var splitter = LineSplitter(limit: Self.longestLine)
    private let action: String
    private let start = ContinuousClock.now
    private var isHeard = false

    init(_ body: HTTPClientResponse.Body, _ action: String) {
        self.body = body.makeAsyncIterator()
        self.action = action
    }

    /// Whether events came, or the connection lasted.
    func isUseful(after time: Duration) -> Bool { isHeard || .now - start >= time }

    /// The next events; `nil` where the server ended the stream.
    ///
    /// - Throws: Errors of the connection.
    mutating func next() async throws -> Heard? {
        while let bytes = try await body.next(isolation: #isolation) {
            let lines: [ByteBuffer]
            do {
                lines = try splitter.append(bytes)
            } catch {
                return Heard(
                    failure: KubernetesError(
                        .tooLarge, "\(action): an event is longer than \(error.limit) bytes; the list is read again"))
            }
            guard !lines.isEmpty else { continue }
            isHeard = true
            return heard(lines)
        }
        return nil
    }

    private func heard(_ lines: [ByteBuffer]) -> Heard {
        var heard = Heard()
        let decoder = JSONDecoder()
        for line in lines {
            do {
                heard.events.append(
                    try decoder.decode(WatchEvent<Object>.self, from: Data(line.readableBytesView)))
            } catch {
                heard.failure = KubernetesError(
                    .decoding, "\(action): an event cannot be read; the list is read again", cause: error)
                break
            }
        }
        return heard
    }
}
