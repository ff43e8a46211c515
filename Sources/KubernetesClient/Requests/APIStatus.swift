/// What the API server says where something failed (`Status` of `meta/v1`).
struct APIStatus: Decodable, Equatable {
    struct Details: Decodable, Equatable {
        struct Cause: Decodable, Equatable {
            let reason: String?
            let message: String?
            let field: String?
        }

        let name: String?
        let kind: String?
        let causes: [Cause]?
        let retryAfterSeconds: Int?
    }

    let message: String?
    let reason: String?
    let details: Details?
    let code: Int?
}

extension KubernetesError {
    /// The error that a status that is no success stands for.
    ///
    /// - Parameters:
    ///   - status: The HTTP status, or the code of an `ERROR` event.
    ///   - body: What the server says; `nil` where it sent no `Status`.
    ///   - text: The answer itself, for servers that send text.
    ///   - retryAfter: The header of that name.
    ///   - action: What was tried, such as `GET /api/v1/pods`.
    init(status: Int, body: APIStatus?, text: String = "", retryAfter: Duration? = nil, action: String) {
        let said = body?.message ?? text.prefix(500).trimmingWhitespace
        let details = body?.details.map { details in
            Details(
                kind: details.kind ?? "", name: details.name ?? "",
                causes: (details.causes ?? []).map { "\($0.field ?? ""): \($0.message ?? $0.reason ?? "")" })
        }
        // Within a watch the word counts, whatever the number.
        let isExpired = body?.reason == "Expired" || body?.reason == "Gone"
        let code = isExpired ? Code.gone : Code(status: status)
        self.init(
            code, "\(action): \(said.isEmpty ? "the server answered \(status)" : said)\(code.advice)", status: status,
            reason: body?.reason, details: details,
            retryAfter: retryAfter ?? body?.details?.retryAfterSeconds.map { .seconds($0) })
    }
}

extension KubernetesError.Code {
    /// The kind of failure of an HTTP status.
    init(status: Int) {
        self =
            switch status {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 409: .conflict
            case 410: .gone
            case 413: .tooLarge
            case 422: .invalid
            case 429: .tooManyRequests
            case 500...599: .unavailable
            default: .unexpectedStatus
            }
    }

    /// What to do, where the server does not say it.
    fileprivate var advice: String {
        switch self {
        case .unauthorized: " (renew the credential of the kubeconfig, or check the ServiceAccount's token)"
        case .forbidden: " (grant it with a ClusterRole: see config/rbac)"
        default: ""
        }
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
