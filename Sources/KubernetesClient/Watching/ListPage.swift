internal import MeshModel

/// A page of a list.
struct ListPage<Object: SourceObject>: Equatable, Sendable {
    /// The objects, in the server's order.
    var objects: [ServedObject<Object>]
    /// The moment that the whole list shows.
    var resourceVersion: String
    /// How to ask for the next page; `nil` on the last.
    var continuation: String?
}

extension ListPage: Decodable {
    private enum Key: String, CodingKey { case metadata, items }
    private struct Metadata: Decodable {
        let resourceVersion: String
        let `continue`: String?
    }

    /// Reads a page; `items` may be null.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let metadata = try fields.decode(Metadata.self, forKey: .metadata)
        objects = try fields.decodeIfPresent([ServedObject<Object>].self, forKey: .items) ?? []
        resourceVersion = metadata.resourceVersion
        continuation = metadata.continue.flatMap { $0.isEmpty ? nil : $0 }
    }
}
