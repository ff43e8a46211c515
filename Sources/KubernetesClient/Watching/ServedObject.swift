internal import MeshModel

/// An object as the API server tells of it, as far as it can be read.
enum ServedObject<Object: SourceObject>: Equatable, Sendable {
    /// It was read as a whole.
    case readable(Object, Revision)
    /// Only its metadata could be read.
    case unreadable(ObjectMetadata, Problem, Revision)
    /// Not even its metadata could be read.
    case unknown(Problem)

    /// The object's name; `nil` where that cannot be read.
    var name: ObjectName? {
        switch self {
        case .readable(let object, _): object.name
        case .unreadable(let metadata, _, _): metadata.objectName
        case .unknown: nil
        }
    }
}

/// Which object of its name it is, and which state of it.
struct Revision: Hashable, Sendable {
    /// The object's unique id.
    let uid: String
    /// Its resource version, which only the server understands.
    let resourceVersion: String
}

extension ServedObject: Decodable {
    private enum Key: String, CodingKey { case metadata }
    private enum MetadataKey: String, CodingKey { case resourceVersion }

    /// Reads an object; never throws, so that one bad object does not spoil a list.
    init(from decoder: any Decoder) throws {
        let depth = decoder.codingPath.count
        do {
            let fields = try decoder.container(keyedBy: Key.self)
            let metadata = try fields.nestedContainer(keyedBy: MetadataKey.self, forKey: .metadata)
            let resourceVersion = try metadata.decode(String.self, forKey: .resourceVersion)
            do {
                let object = try Object(from: decoder)
                // The object's own text, so that the uid of each of many objects is kept once.
                self = .readable(object, Revision(uid: object.metadata.uid, resourceVersion: resourceVersion))
            } catch {
                let metadata = try fields.decode(ObjectMetadata.self, forKey: .metadata)
                let revision = Revision(uid: metadata.uid, resourceVersion: resourceVersion)
                self = .unreadable(metadata, Problem(error, below: depth), revision)
            }
        } catch {
            self = .unknown(Problem(error, below: depth))
        }
    }
}

extension Problem {
    /// What an error says, with paths from the object's root.
    ///
    /// - Parameters:
    ///   - error: The error.
    ///   - depth: How many keys lead to the object.
    init(_ error: any Error, below depth: Int) {
        switch error {
        case let error as DecodingError: self.init(error, below: depth)
        case let error as UnreadableField: self = error.problem
        default: self.init(path: "", message: "cannot be read: \(error)")
        }
    }
}
