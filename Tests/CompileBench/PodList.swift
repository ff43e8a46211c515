import NIOCore

/// Pods as an API server sends them.
struct PodList {
    let count: Int
    let form: RecordedPod.Form
    private let pod: RecordedPod

    /// Source: the page size of the controller's client.
    static let pageSize = 500

    init(count: Int, form: RecordedPod.Form) throws {
        self.count = count
        self.form = form
        pod = try RecordedPod(form)
    }

    /// The media type of the answers.
    var mediaType: String {
        switch form {
        case .json: "application/json"
        case .protobuf: "application/vnd.kubernetes.protobuf"
        }
    }

    /// The list in pages.
    var pages: [ByteBuffer] {
        stride(from: 0, to: count, by: Self.pageSize).map { first in
            let last = min(first + Self.pageSize, count)
            let more = last < count ? "\(last)" : ""
            switch form {
            case .json:
                let start =
                    #"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9","continue":"\#(more)"},"#
                var page = ByteBuffer(string: start + #""items":["#)
                for number in first..<last {
                    if number > first { page.writeString(",") }
                    page.writeBytes(pod[number])
                }
                page.writeString("]}\n")
                return page
            case .protobuf:
                var list = WireMessage([.text(1, ""), .text(2, "9"), .text(3, more)]).asField(1)
                for number in first..<last { list.append(WireMessage(bytes: pod[number]).asField(2)) }
                return ByteBuffer(bytes: list.enveloped(kind: "PodList").bytes)
            }
        }
    }

    /// The list as events, a thousand in each part.
    var events: [ByteBuffer] {
        let parts = stride(from: 0, to: count, by: 1_000).map { first in
            var part = ByteBuffer()
            for number in first..<min(first + 1_000, count) {
                switch form {
                case .json:
                    part.writeString(#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","#)
                    part.writeBytes(pod[number].dropFirst())
                    part.writeString("}\n")
                case .protobuf: write("ADDED", WireMessage(bytes: pod[number]), to: &part)
                }
            }
            return part
        }
        return parts + [end]
    }

    /// The bookmark that ends the events of a list.
    private var end: ByteBuffer {
        let mark = "k8s.io/initial-events-end"
        guard form == .protobuf else {
            return ByteBuffer(
                string: """
                    {"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"9",\
                    "annotations":{"\(mark)":"true"}}}}

                    """)
        }
        var metadata = WireMessage([.text(6, "9")])
        metadata.append(WireMessage([.text(1, mark), .text(2, "true")]).asField(12))
        var part = ByteBuffer()
        write("BOOKMARK", metadata.asField(1), to: &part)
        return part
    }

    private func write(_ type: String, _ object: WireMessage, to part: inout ByteBuffer) {
        var event = WireMessage([.text(1, type)])
        event.append(object.enveloped(kind: "Pod").asField(1).asField(2))
        part.writeInteger(UInt32(event.bytes.count))
        part.writeBytes(event.bytes)
    }
}
