internal import AsyncHTTPClient
internal import MeshModel
internal import NIOCore

/// An open watch: the events of its connection.
struct EventStream<Object: SourceObject> {
    /// Events that came together, and what made an end to them.
    struct Heard {
        var events: [WatchEvent<Object>] = []
        var failure: KubernetesError?
    }

    /// The longest line or frame that is taken: an object of the largest size that etcd stores is a tenth of it.
    static var longestEvent: Int { 16 << 20 }

    private var body: HTTPClientResponse.Body.AsyncIterator
    private var lines = LineSplitter(limit: Self.longestEvent)
    private var frames = FrameSplitter(limit: Self.longestEvent)
    private let format: ObjectFormat<Object>
    /// Whether the events come in frames; otherwise in lines.
    private let isProtobuf: Bool
    private let action: String
    private let start = ContinuousClock.now
    private var isHeard = false

    init(_ response: HTTPClientResponse, _ format: ObjectFormat<Object>, _ action: String) {
        body = response.body.makeAsyncIterator()
        isProtobuf = response.headers.announceProtobuf
        self.format = format
        self.action = action
    }

    /// Whether events came, or the connection lasted.
    func isUseful(after time: Duration) -> Bool { isHeard || .now - start >= time }

    /// The next events; `nil` where the server ended the stream.
    ///
    /// - Throws: Errors of the connection.
    mutating func next() async throws -> Heard? {
        while let bytes = try await body.next(isolation: #isolation) {
            let parts: [ByteBuffer]
            do {
                parts = isProtobuf ? try frames.append(bytes) : try lines.append(bytes)
            } catch {
                return Heard(
                    failure: KubernetesError(
                        .tooLarge,
                        "\(action): an event is longer than \(Self.longestEvent) bytes; the list is read again"))
            }
            guard !parts.isEmpty else { continue }
            isHeard = true
            return heard(parts)
        }
        return nil
    }

    private func heard(_ parts: [ByteBuffer]) -> Heard {
        var heard = Heard()
        for part in parts {
            do {
                heard.events.append(try format.event(part, isProtobuf: isProtobuf))
            } catch {
                heard.failure = KubernetesError(
                    .decoding, "\(action): an event cannot be read; the list is read again", cause: error)
                break
            }
        }
        return heard
    }
}
