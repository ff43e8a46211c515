import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import ProxyIdentity
import ServiceLifecycle

/// What the API server knows of tokens: its keys, its name, and what it says when it is asked about one.
struct ClusterIdentity: ServiceLifecycle.Service {
    let keys: RefreshedKeySet
    let issuer: LearntIssuer
    let reviewer: ClusterTokenReviewer

    init(_ client: KubernetesClient, logger: Logger) {
        keys = RefreshedKeySet(
            onFailure: { error in
                logger.warning(
                    "the keys of the API server cannot be had: it is asked about each token that they would verify",
                    metadata: ["error": "\(error)"])
            }, fetch: { try await client.keySet() })
        issuer = LearntIssuer(
            onFailure: { error in
                logger.warning(
                    "the name by which the API server issues tokens cannot be had: it is asked about each token",
                    metadata: ["error": "\(error)"])
            }, fetch: { try await client.send(.get(path: "/.well-known/openid-configuration")).body })
        reviewer = ClusterTokenReviewer(client: client)
    }

    /// Who verifies tokens for a directory of pods.
    func verifier(_ directory: any PodDirectory) -> ProxyTokenVerifier {
        ProxyTokenVerifier(
            issuers: { [issuer] in try await issuer.issuers() }, keySet: keys, directory: directory, reviewer: reviewer)
    }

    /// Fetches keys and name whenever they are wanted, until the process shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keys.run() }
                group.addTask { await issuer.run() }
            }
        }
    }
}

/// Asks the API server about a token.
struct ClusterTokenReviewer: TokenReviewer {
    let client: KubernetesClient

    func review(token: String, audience: String) async throws -> ReviewedToken? {
        guard case .authenticated(let user) = try await client.review(token: token, audiences: [audience]) else {
            return nil
        }
        var extra: [String: [String]] = [:]
        extra["authentication.kubernetes.io/pod-name"] = user.podName.map { [$0] }
        extra["authentication.kubernetes.io/pod-uid"] = user.podUID.map { [$0] }
        return ReviewedToken(username: user.username, uid: user.uid, audiences: user.audiences, extra: extra)
    }
}
