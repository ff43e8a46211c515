internal import FoundationEssentials
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

/// What a webhook says about an object.
struct AdmissionDecision: Equatable, Sendable {
    /// Why an object is refused.
    struct Refusal: Equatable, Sendable {
        /// The HTTP status that the client of the API server gets.
        var code: Int
        /// The word for the status, such as `Invalid`.
        var reason: String
        /// What is wrong and what would be right.
        var message: String
        /// The fields that are wrong, from the object's root.
        var causes: [Problem] = []
        /// The object, by which kubectl begins its message; `nil` for none.
        var object: Object?

        /// An object as statuses name it.
        struct Object: Equatable, Encodable, Sendable {
            let name: String
            let group: String
            let kind: String
        }
    }

    /// Why it is refused; `nil` if it is admitted.
    var refusal: Refusal?
    /// What the client is told beside.
    var warnings: [String] = []
    /// The change to the object as a JSON Patch; `nil` for none.
    var patch: [UInt8]?

    /// Admits an object as it is.
    static let admitted = AdmissionDecision()

    /// Refuses an object.
    static func refused(_ code: Int, _ reason: String, _ message: String, _ causes: [Problem] = [])
        -> AdmissionDecision
    {
        AdmissionDecision(refusal: Refusal(code: code, reason: reason, message: message, causes: causes))
    }
}

extension AdmissionDecision {
    /// The most problems that one answer lists.
    static let mostCauses = 20
    /// The API server cuts a warning at 256 characters, and all warnings together at 4,096.
    static let longestWarning = 250
    /// The most warnings of an answer.
    static let mostWarnings = 16

    private struct Review: Encodable {
        let apiVersion = "admission.k8s.io/v1"
        let kind = "AdmissionReview"
        let response: Response
    }
    private struct Response: Encodable {
        let uid: String
        let allowed: Bool
        var status: Status?
        var patchType: String?
        var patch: Data?
        var warnings: [String]?
    }
    private struct Status: Encodable {
        struct Details: Encodable {
            let name: String?
            let group: String?
            let kind: String?
            let causes: [Cause]
        }
        struct Cause: Encodable {
            let reason = "FieldValueInvalid"
            let message: String
            let field: String
        }
        let status = "Failure"
        let code: Int
        let reason: String
        let message: String
        var details: Details?
    }

    /// The answer to the request of a uid.
    func body(uid: String) -> [UInt8] {
        var response = Response(uid: uid, allowed: refusal == nil)
        if let refusal {
            let causes = refusal.causes.prefix(Self.mostCauses).map {
                Status.Cause(message: $0.message, field: $0.path)
            }
            response.status = Status(
                code: refusal.code, reason: refusal.reason, message: refusal.message,
                details: causes.isEmpty
                    ? nil
                    : .init(
                        name: refusal.object?.name, group: refusal.object?.group, kind: refusal.object?.kind,
                        causes: causes))
        }
        if let patch {
            response.patchType = "JSONPatch"
            response.patch = Data(patch)
        }
        let shortened = warnings.prefix(Self.mostWarnings).map { warning in
            warning.count > Self.longestWarning ? "\(warning.prefix(Self.longestWarning - 3))..." : warning
        }
        if !shortened.isEmpty { response.warnings = shortened }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and bytes can always be written.
        return (try? encoder.encode(Review(response: response))).map { Array($0) } ?? []
    }
}

/// The uid in a question that is no readable JSON, so that the answer can bear it.
enum RequestUID {
    /// Longer than any uid that an API server makes.
    private static let longest = 64

    /// The first `"uid": "…"` after the first `"request"`; `nil` if there is none.
    static func scan(_ bytes: some Collection<UInt8>) -> String? {
        let text = Array(bytes.prefix(4096))
        guard let request = text.firstRange(of: Array("\"request\"".utf8)),
            let key = text[request.upperBound...].firstRange(of: Array("\"uid\"".utf8))
        else { return nil }
        var rest = text[key.upperBound...].drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        guard rest.popFirst() == UInt8(ascii: ":") else { return nil }
        rest = rest.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        let uid = rest.prefix { $0 != UInt8(ascii: "\"") }
        guard uid.count < rest.count, (1...longest).contains(uid.count), uid.allSatisfy(isOfUID) else { return nil }
        return String(decoding: uid, as: UTF8.self)
    }

    private static func isOfUID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
