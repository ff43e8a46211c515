internal import FoundationEssentials
internal import MeshModel
internal import NIOCore

/// One question that the API server asks: at which path, and who answers.
public struct Webhook: Sendable {
    /// What logs call it.
    let name: String
    /// Where it is asked.
    let path: String
    let answer: @Sendable (ByteBuffer) async -> ReviewedRequest

    init<Object: Decodable & Sendable>(
        name: String, path: String, of type: Object.Type,
        decide: @escaping @Sendable (AdmissionRequest<Object>) async -> AdmissionDecision
    ) {
        self.name = name
        self.path = path
        answer = { body in await Self.answer(body, decide) }
    }

    /// The answer to a question in JSON.
    package func answer(to bytes: [UInt8]) async -> [UInt8] { await answer(ByteBuffer(bytes: bytes)).bytes }

    private static func answer<Object: Decodable & Sendable>(
        _ body: ByteBuffer, _ decide: @Sendable (AdmissionRequest<Object>) async -> AdmissionDecision
    ) async -> ReviewedRequest {
        let review: AdmissionReview<Object>
        do {
            review = try JSONDecoder().decode(AdmissionReview<Object>.self, from: Data(body.readableBytesView))
        } catch {
            return .malformed(
                uid: RequestUID.scan(body.readableBytesView), "the body is no AdmissionReview: \(words(for: error))")
        }
        guard let request = review.request, !request.uid.isEmpty else {
            return .malformed(uid: nil, "the review has no request with a uid")
        }
        guard review.isOfKnownVersion else {
            return .malformed(uid: request.uid, "only AdmissionReview of admission.k8s.io/v1 is answered")
        }
        return ReviewedRequest(
            request: (request.uid, request.kind.kind, request.description), await decide(request))
    }

    private static func words(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read" }
        let problem = Problem(error)
        return problem.path.isEmpty ? problem.message : "\(problem)"
    }
}

/// A question and its answer.
struct ReviewedRequest: Sendable {
    /// The HTTP status.
    let status: Int
    /// The answer in JSON.
    let bytes: [UInt8]
    /// The request's uid; empty where it cannot be read.
    let uid: String
    /// The object's kind; empty where it cannot be read.
    let kind: String
    /// The object, for logs.
    let object: String
    let isAllowed: Bool
    /// Why it was refused.
    let message: String?

    init(request: (uid: String, kind: String, object: String), _ decision: AdmissionDecision, status: Int = 200) {
        self.status = status
        bytes = decision.body(uid: request.uid)
        uid = request.uid
        // Kinds that anybody may think of are not told apart.
        kind = ObjectKind(rawValue: request.kind) == nil ? "" : request.kind
        object = request.object
        isAllowed = decision.refusal == nil
        message = decision.refusal?.message
    }

    /// A question that makes no sense.
    static func malformed(uid: String?, _ message: String) -> ReviewedRequest {
        refused(HTTPFailure(status: 400, reason: "BadRequest", message: message, uid: uid))
    }

    /// A question that is not looked at.
    static func refused(_ failure: HTTPFailure) -> ReviewedRequest {
        ReviewedRequest(
            request: (failure.uid ?? "", "", "(unreadable)"),
            .refused(failure.status, failure.reason, failure.message), status: failure.status)
    }
}
