/// Asks whoever issues tokens about one: the API server, by a TokenReview.
public protocol TokenReviewer: Sendable {
    /// What the API server says about a token.
    ///
    /// - Parameters:
    ///   - token: What follows `Bearer ` in the header; it must be logged nowhere.
    ///   - audience: The audience to ask about, to be set in the review's `spec.audiences`.
    /// - Returns: `nil` if the API server does not authenticate it.
    /// - Throws: Any error if it could not be asked.
    func review(token: String, audience: String) async throws -> ReviewedToken?
}

/// What the API server says about a token that it has authenticated: the `status` of a TokenReview.
public struct ReviewedToken: Hashable, Sendable {
    /// The user, such as `system:serviceaccount:<namespace>:<account>`.
    public let username: String
    /// The user's uid, for a ServiceAccount its own; empty where none is said.
    public let uid: String
    /// The audiences that were asked about and that the token is meant for.
    public let audiences: [String]
    /// The pod that the token is bound to; `nil` where the server does not say.
    public let podName: String?
    /// Its uid; `nil` where the server does not say.
    public let podUID: String?

    /// What was said about a token.
    ///
    /// - Parameters:
    ///   - username: `status.user.username`.
    ///   - uid: `status.user.uid`; empty if there is none.
    ///   - audiences: `status.audiences`.
    ///   - extra: `status.user.extra`; servers before 1.22 say nothing of the pod there.
    public init(username: String, uid: String, audiences: [String], extra: [String: [String]]) {
        self.username = username
        self.uid = uid
        self.audiences = audiences
        podName = extra["authentication.kubernetes.io/pod-name"]?.first
        podUID = extra["authentication.kubernetes.io/pod-uid"]?.first
    }
}
