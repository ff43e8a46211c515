import MeshModel
import Testing

@testable import KubernetesClient

/// A request for a token of a ServiceAccount, as a kubelet makes it for a pod.
struct TokenRequest: Codable {
    struct Reference: Codable {
        var kind = "Pod"
        var apiVersion = "v1"
        var name: String
        var uid: String
    }
    struct Spec: Codable {
        var audiences: [String]
        var expirationSeconds = 3600
        var boundObjectRef: Reference?
    }
    struct Status: Codable { var token: String }

    var apiVersion = "authentication.k8s.io/v1"
    var kind = "TokenRequest"
    var spec: Spec
    var status: Status?

    /// The audience of the API servers of the tests.
    static let serverAudience = "https://kubernetes.default.svc.cluster.local"
}

extension KubernetesClient {
    /// A token of a ServiceAccount.
    func token(
        for account: ObjectName, audiences: [String] = [TokenRequest.serverAudience],
        pod: TokenRequest.Reference? = nil
    ) async throws -> String {
        let request = TokenRequest(spec: .init(audiences: audiences, boundObjectRef: pod))
        let answer = try await create(
            .serviceAccount, account, subresource: "token", body: request, as: TokenRequest.self)
        return try #require(answer.status?.token)
    }
}
