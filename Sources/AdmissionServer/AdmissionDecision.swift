internal import FoundationEssentials
internal import MeshModel

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
        if patch != nil { response.patchType = "JSONPatch" }
        let shortened = warnings.prefix(Self.mostWarnings).map { warning in
            warning.count > Self.longestWarning ? "\(warning.prefix(Self.longestWarning - 3))..." : warning
        }
        if !shortened.isEmpty { response.warnings = shortened }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and bytes can always be written.
        guard let review = try? encoder.encode(Review(response: response)) else { return [] }
        guard let patch else { return Array(review) }
        // Base64 needs no escaping, and a patch is long: it goes to the end of the response, which ends the review.
        return review.dropLast(2) + Array(",\"patch\":\"\(Data(patch).base64EncodedString())\"}}".utf8)
    }
}
