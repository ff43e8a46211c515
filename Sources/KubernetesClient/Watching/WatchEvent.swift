internal import MeshModel

/// One line of a watch.
enum WatchEvent<Object: SourceObject>: Equatable, Sendable {
    /// An object is new (`ADDED`) or differs (`MODIFIED`).
    case set(ServedObject<Object>)
    /// An object is gone, or no longer selected (`DELETED`).
    case removed(ServedObject<Object>)
    /// Everything up to a resource version was told (`BOOKMARK`).
    case bookmark(resourceVersion: String, endsInitialEvents: Bool)
    /// The server gives up (`ERROR`).
    case failed(APIStatus)

    /// The annotation of the bookmark that ends the list that was sent as events.
    static var endOfInitialEvents: String { "k8s.io/initial-events-end" }

    /// The word of the API for the event, for metrics.
    var type: String {
        switch self {
        case .set: "set"
        case .removed: "removed"
        case .bookmark: "bookmark"
        case .failed: "error"
        }
    }
}

extension WatchEvent: Decodable {
    private enum Key: String, CodingKey { case type, object }
    private struct Bookmark: Decodable {
        struct Metadata: Decodable {
            let resourceVersion: String
            let annotations: [String: String]?
        }
        let metadata: Metadata
    }

    /// Reads a line.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch try fields.decode(String.self, forKey: .type) {
        case "ADDED", "MODIFIED": self = .set(try fields.decode(ServedObject<Object>.self, forKey: .object))
        case "DELETED": self = .removed(try fields.decode(ServedObject<Object>.self, forKey: .object))
        case "BOOKMARK":
            let metadata = try fields.decode(Bookmark.self, forKey: .object).metadata
            self = .bookmark(
                resourceVersion: metadata.resourceVersion,
                endsInitialEvents: metadata.annotations?[Self.endOfInitialEvents] == "true")
        case "ERROR": self = .failed(try fields.decode(APIStatus.self, forKey: .object))
        case let type:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: fields, debugDescription: "`\(type)` is no type of event")
        }
    }
}
