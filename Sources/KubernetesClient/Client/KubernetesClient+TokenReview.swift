internal import MeshModel

/// What the API server says about a token.
public enum TokenReviewResult: Equatable, Sendable {
    /// It is good, and whose it is.
    case authenticated(TokenReviewUser)
    /// It is not good, and why, as far as the server tells.
    case refused(String)
}

/// Who a token belongs to.
public struct TokenReviewUser: Equatable, Sendable {
    /// Such as `system:serviceaccount:NAMESPACE:NAME`.
    public var username: String
    /// The unique id of the account; empty where the server tells none.
    public var uid: String
    /// The groups of the account.
    public var groups: [String]
    /// Those of the audiences asked for that the token is meant for.
    public var audiences: [String]
    /// The pod that the token is bound to; `nil` for none.
    public var podName: String?
    /// The unique id of that pod; `nil` for none.
    public var podUID: String?

    /// An owner of a token.
    public init(
        username: String, uid: String = "", groups: [String] = [], audiences: [String] = [], podName: String? = nil,
        podUID: String? = nil
    ) {
        self.username = username
        self.uid = uid
        self.groups = groups
        self.audiences = audiences
        self.podName = podName
        self.podUID = podUID
    }
}

/// A review of a token as the server reads and answers it.
private struct TokenReview: Codable {
    struct Spec: Codable {
        var token: String?
        var audiences: [String]?
    }
    struct User: Codable {
        var username: String?
        var uid: String?
        var groups: [String]?
        var extra: [String: [String]]?
    }
    struct Status: Codable {
        var authenticated: Bool?
        var user: User?
        var audiences: [String]?
        var error: String?
    }

    var apiVersion = "authentication.k8s.io/v1"
    var kind = "TokenReview"
    var spec: Spec
    var status: Status?
}

extension KubernetesClient {
    /// Asks the server about a token.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - audiences: Whom the token may be meant for; not empty, otherwise a token for the API server itself counts.
    /// - Throws: ``KubernetesError`` where the server does not tell.
    public func review(token: String, audiences: [String]) async throws -> TokenReviewResult {
        let review = TokenReview(spec: .init(token: token, audiences: audiences))
        let name = ObjectName(namespace: "", name: "")
        let status = try await create(.tokenReview, name, body: review, as: TokenReview.self).status
        guard status?.authenticated == true, let user = status?.user else {
            return .refused(status?.error ?? "the API server does not know the token")
        }
        // A server that answers no audiences did not look at them.
        let common = (status?.audiences ?? []).filter(audiences.contains)
        guard audiences.isEmpty || !common.isEmpty else {
            return .refused("the token is not meant for \(audiences.joined(separator: ", "))")
        }
        return .authenticated(
            TokenReviewUser(
                username: user.username ?? "", uid: user.uid ?? "", groups: user.groups ?? [], audiences: common,
                podName: user.extra?["authentication.kubernetes.io/pod-name"]?.first,
                podUID: user.extra?["authentication.kubernetes.io/pod-uid"]?.first))
    }
}
