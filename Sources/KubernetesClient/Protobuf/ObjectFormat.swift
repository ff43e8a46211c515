internal import FoundationEssentials
internal import KubernetesAPI
internal import MeshModel
internal import NIOCore
internal import NIOHTTP1

/// How the objects of one kind are asked for and read.
struct ObjectFormat<Object: SourceObject>: Sendable {
    /// Reads the message of an object; `nil` for kinds that are sent in JSON alone.
    private let readMessage: (@Sendable (Data) -> ServedObject<Object>)?

    /// JSON alone.
    static var json: Self { Self(readMessage: nil) }

    /// The media types to ask for; `nil` for what every request asks for, which is JSON.
    ///
    /// Messages are those of the newest version: that of EndpointSlices of `v1beta1` has another meaning in one field.
    func accepted(of resource: APIResource) -> String? {
        guard readMessage != nil, resource.version == Object.source.versions.first else { return nil }
        return "\(ProtobufEnvelope.mediaType), application/json"
    }

    /// A page of a list.
    ///
    /// - Throws: ``KubernetesError`` with the code `decoding`.
    func page(_ response: APIResponse, _ action: String) throws -> ListPage<Object> {
        guard response.headers.announceProtobuf, let readMessage else {
            return try response.decoded(as: ListPage<Object>.self, action)
        }
        do {
            let list = try Meta_ObjectList(enveloped: Data(response.body))
            guard !list.metadata.resourceVersion.isEmpty else {
                throw UnreadableField(problem: Problem(path: "metadata.resourceVersion", message: "is missing"))
            }
            return ListPage(
                objects: list.items.map(readMessage), resourceVersion: list.metadata.resourceVersion,
                continuation: list.metadata.continue.isEmpty ? nil : list.metadata.continue)
        } catch {
            throw KubernetesError(
                .decoding, "\(action): the answer cannot be read", status: response.status, cause: error)
        }
    }

    /// An event of a watch.
    ///
    /// - Parameters:
    ///   - bytes: The line, or the frame.
    ///   - isProtobuf: Which of the two.
    /// - Throws: Where it cannot be read.
    func event(_ bytes: ByteBuffer, isProtobuf: Bool) throws -> WatchEvent<Object> {
        let bytes = Data(bytes.readableBytesView)
        guard isProtobuf, let readMessage else {
            return try JSONDecoder().decode(WatchEvent<Object>.self, from: bytes)
        }
        let event = try Meta_WatchEvent(known: bytes)
        let object = event.object.raw
        switch event.type {
        case "ADDED", "MODIFIED": return .set(readMessage(try ProtobufEnvelope.contents(of: object)))
        case "DELETED": return .removed(readMessage(try ProtobufEnvelope.contents(of: object)))
        case "BOOKMARK":
            let metadata = try Meta_PartialObjectMetadata(enveloped: object).metadata
            return .bookmark(
                resourceVersion: metadata.resourceVersion,
                endsInitialEvents: metadata.annotations[WatchEvent<Object>.endOfInitialEvents] == "true")
        case "ERROR": return .failed(APIStatus(try Meta_Status(enveloped: object)))
        default: throw KubernetesError(.decoding, "`\(event.type)` is no type of event")
        }
    }
}

extension ObjectFormat where Object: ProtobufObject {
    /// Protobuf, or JSON from a server that sends that.
    static var protobuf: Self { Self { ServedObject(protobuf: $0) } }
}

extension HTTPHeaders {
    /// Whether the body that they belong to is in protobuf.
    var announceProtobuf: Bool {
        first(name: "content-type")?.lowercased().hasPrefix(ProtobufEnvelope.mediaType) ?? false
    }
}
