internal import MeshModel
internal import NIOCore

/// One connection to a port of a pod, through the API server.
///
/// Kubernetes' protocol: a stream for errors, which this side ends at once, and one for data.
struct ForwardedConnection: Sendable {
    /// What goes on with the connection.
    enum Event: Equatable {
        /// The pod sent this.
        case received(ByteBuffer)
        /// This is to be sent to the API server.
        case answer(ByteBuffer)
        /// The pod sends no more.
        case ended
        /// The connection could not be made, or broke; in the words of the node.
        case failed(String)
    }

    /// The version of the protocol, as the server is asked for it.
    static let streamProtocol = "portforward.k8s.io"

    private static let errors: UInt32 = 1
    private static let data: UInt32 = 3
    /// How much of an error's words is kept, in bytes.
    private static let longestComplaint = 4 << 10

    private var writer = SPDYWriter()
    private var pending = ByteBuffer()
    private var complaint = ""

    /// A connection that has not begun.
    init() {}

    /// What is sent first: the two streams.
    ///
    /// - Parameter port: The port in the pod.
    mutating func opening(port: Int) -> ByteBuffer {
        func headers(_ type: String) -> [(name: String, value: String)] {
            [("streamtype", type), ("port", "\(port)"), ("requestid", "0")]
        }
        var bytes = writer.begin(stream: Self.errors, headers: headers("error"))
        bytes.writeImmutableBuffer(writer.end(stream: Self.errors))
        bytes.writeImmutableBuffer(writer.begin(stream: Self.data, headers: headers("data")))
        return bytes
    }

    /// What is sent for bytes to the pod.
    func sending(_ bytes: ByteBuffer) -> ByteBuffer { writer.data(stream: Self.data, bytes) }

    /// What is sent at the end of what goes to the pod.
    func ending() -> ByteBuffer { writer.end(stream: Self.data) }

    /// What bytes from the API server mean, in order.
    mutating func receive(_ bytes: ByteBuffer) -> [Event] {
        pending.writeImmutableBuffer(bytes)
        var events: [Event] = []
        while let frame = SPDYFrame(&pending) {
            switch frame {
            case .data(Self.data, let isLast, let bytes):
                if bytes.readableBytes > 0 { events.append(.received(bytes)) }
                if isLast { events.append(ended) }
            case .data(Self.errors, let isLast, let bytes):
                if complaint.utf8.count < Self.longestComplaint {
                    complaint += String(decoding: bytes.readableBytesView.prefix(Self.longestComplaint), as: UTF8.self)
                }
                if isLast, !complaint.isEmpty { events.append(.failed(complaint)) }
            case .reset(Self.data), .goAway: events.append(ended)
            case .ping(let number): events.append(.answer(writer.pong(number)))
            case .data, .reset, .other: break
            case .malformed: return events + [.failed("the answer is not SPDY/3.1")]
            }
        }
        pending.discardReadBytes()
        return events
    }

    private var ended: Event { complaint.isEmpty ? .ended : .failed(complaint) }
}
