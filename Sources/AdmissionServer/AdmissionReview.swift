internal import MeshModel

/// The API server's question about an object (`AdmissionReview` of `admission.k8s.io/v1`).
struct AdmissionReview<Object: Decodable & Sendable>: Decodable, Sendable {
    /// The question; `nil` where the review has none.
    let request: AdmissionRequest<Object>?
    /// Whether it is of the one version that is answered.
    let isOfKnownVersion: Bool

    private enum Key: String, CodingKey { case apiVersion, kind, request }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let apiVersion = try fields.decodeIfPresent(String.self, forKey: .apiVersion)
        let kind = try fields.decodeIfPresent(String.self, forKey: .kind)
        isOfKnownVersion = apiVersion == "admission.k8s.io/v1" && kind == "AdmissionReview"
        request = try fields.decodeIfPresent(AdmissionRequest.self, forKey: .request)
    }
}

/// What is about to happen to an object.
struct AdmissionRequest<Object: Decodable & Sendable>: Decodable, Sendable {
    /// Names the request; the answer has the same.
    let uid: String
    /// The kind of the object, as it was sent.
    let kind: Kind
    /// The object's name; empty where the API server makes one.
    let name: String
    /// The object's namespace; empty where it is in none.
    let namespace: String
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    let operation: String
    /// The object as it would be stored; absent for a deletion.
    let object: Reading
    /// The object as it is stored; absent for a creation.
    let oldObject: Reading

    /// An object as far as it can be read.
    enum Reading: Sendable {
        case object(Object)
        case absent
        /// With the path from the object's root.
        case unreadable(Problem)
    }

    /// A kind with its group and version.
    struct Kind: Decodable, Sendable {
        let group: String
        let version: String
        let kind: String

        static var none: Kind { Kind(group: "", version: "", kind: "") }
    }

    private enum Key: String, CodingKey {
        case uid, kind, name, namespace, operation, object, oldObject
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        uid = try fields.decode(String.self, forKey: .uid)
        kind = (try? fields.decodeIfPresent(Kind.self, forKey: .kind)) ?? .none
        name = try fields.decodeIfPresent(String.self, forKey: .name) ?? ""
        namespace = try fields.decodeIfPresent(String.self, forKey: .namespace) ?? ""
        operation = try fields.decodeIfPresent(String.self, forKey: .operation) ?? ""
        object = Self.read(.object, fields)
        oldObject = Self.read(.oldObject, fields)
    }

    private static func read(_ key: Key, _ fields: KeyedDecodingContainer<Key>) -> Reading {
        do {
            return try fields.decodeIfPresent(Object.self, forKey: key).map(Reading.object) ?? .absent
        } catch let error as DecodingError {
            return .unreadable(Problem(error, below: fields.codingPath.count + 1))
        } catch {
            return .unreadable(Problem(path: "", message: "cannot be read: \(error)"))
        }
    }

    /// Kind, namespace and name, for logs.
    var description: String {
        let name = name.isEmpty ? "(to be named)" : name
        return "\(kind.kind) \(namespace.isEmpty ? name : "\(namespace)/\(name)")"
    }
}
