import Foundation
import MeshModel
import ProxyIdentity
import Synchronization
import TestCluster
import Testing

@Suite("Tokens of a real API server", .timeLimit(.minutes(10)))
struct KubernetesTokenTests {
    @Test("A pod's token is verified with the served keys, as long as its pod and account exist")
    func verified() async throws {
        let namespace = try await Namespace.make()
        let keys = RefreshedKeySet { [namespace] in try await namespace.raw("/openid/v1/jwks") }
        let issuer = LearntIssuer { [namespace] in try await namespace.raw("/.well-known/openid-configuration") }
        let verifier = ProxyTokenVerifier(
            issuers: issuer.issuers, keySet: keys, directory: namespace, patience: .milliseconds(10))
        try await running(keys, issuer) {
            let uid = try await namespace.createPod()
            let token = try await namespace.token(pod: uid)
            let proxy = try await verifier.verify(token, now: Date())
            #expect(proxy.identity == ServiceIdentity(namespace: namespace.name, serviceAccount: "web"))
            #expect(proxy.pod == ObjectName(namespace: namespace.name, name: "web-1"))
            #expect(proxy.podUID == uid)
            // What the API server makes of a shorter validity is its matter; ten minutes is the least.
            #expect((500...4000).contains(proxy.expiry.timeIntervalSinceNow))
            #expect(try await keys.keys(refreshing: false).allSatisfy { ["RS256", "ES256"].contains($0.algorithm) })

            for (arguments, code) in [
                (["--audience", "other"], ProxyIdentityError.Code.audience), (["--audience", "osm-xds"], .malformed),
            ] {
                let bound = code == .audience ? namespace.binding(uid) : []
                let other = try await namespace.output(["create", "token", "web"] + arguments + bound)
                #expect(await refusal(of: other, by: verifier) == code)
            }
            #expect(await refusal(of: token, by: verifier, at: proxy.expiry) == .expired)
            #expect(await refusal(of: token.dropLast(8) + "AAAAAAAA", by: verifier) == .signature)
            let strange = ProxyTokenVerifier(
                issuer: "https://elsewhere", keySet: keys, directory: namespace, patience: .milliseconds(10))
            #expect(await refusal(of: token, by: strange) == .issuer)

            try await namespace.output(["delete", "pod", "web-1", "--force", "--grace-period=0", "--wait"])
            #expect(await refusal(of: token, by: verifier) == .unknownPod)
            let successor = try await namespace.createPod()
            #expect(successor != uid)
            #expect(await refusal(of: token, by: verifier) == .replacedPod)
            let next = try await namespace.token(pod: successor)
            #expect(try await verifier.verify(next, now: Date()).podUID == successor)
            try await namespace.output(["delete", "serviceaccount", "web", "--wait"])
            #expect(await refusal(of: next, by: verifier) == .unknownServiceAccount)
            try await namespace.output(["create", "serviceaccount", "web"])
            #expect(await refusal(of: next, by: verifier) == .replacedServiceAccount)
        }
    }

    @Test("Where the keys cannot be had, the API server says whose a token is, and that a deleted pod's is nobody's")
    func reviewed() async throws {
        let namespace = try await Namespace.make()
        let keys = CountingKeySet(isReachable: false)
        let issuer = LearntIssuer { [namespace] in try await namespace.raw("/.well-known/openid-configuration") }
        // Each its own, since a verifier knows an answer for some seconds.
        @Sendable func verifier(_ directory: any PodDirectory) -> ProxyTokenVerifier {
            ProxyTokenVerifier(
                issuers: issuer.issuers, keySet: keys, directory: directory, reviewer: namespace,
                patience: .milliseconds(10))
        }
        let uid = try await namespace.createPod()
        let token = try await namespace.token(pod: uid)
        let proxy = try await verifier(namespace).verify(token, now: Date())
        #expect(proxy.identity == ServiceIdentity(namespace: namespace.name, serviceAccount: "web"))
        #expect(proxy.podUID == uid)
        #expect(proxy.expiry > Date())
        #expect(namespace.reviews.withLock { $0 } == 1)
        #expect(await refusal(of: token.dropLast(8) + "AAAAAAAA", by: verifier(namespace)) == .notAuthenticated)

        // A key set that knows other keys only.
        let others = try JSONWebKeySet(String(decoding: FakeServer.document([TestKey()]), as: UTF8.self))
        let unknown = ProxyTokenVerifier(
            issuers: issuer.issuers, keySet: others, directory: namespace, reviewer: namespace,
            patience: .milliseconds(10))
        #expect(try await unknown.verify(token, now: Date()).podUID == uid)

        try await namespace.output(["delete", "pod", "web-1", "--force", "--grace-period=0", "--wait"])
        // The API server keeps what it found out about a token for some seconds, and then the directory says it.
        #expect(
            [.notAuthenticated, .unknownPod, .reviewUnavailable]
                .contains(await refusal(of: token, by: verifier(namespace))))
        let trusting = FakeDirectory(
            .init(
                pods: [namespace.pod: KnownPod(uid: uid, identity: proxy.identity)],
                serviceAccounts: [ObjectName(namespace: namespace.name, name: "web"): ""]))
        while true {
            // Even a directory that has not heard of it yet does not help.
            // A busy API server may not answer in time.
            guard let code = await refusal(of: token, by: verifier(trusting)), code != .reviewUnavailable else {
                try await Task.sleep(for: .seconds(1))
                continue
            }
            #expect(code == .notAuthenticated)
            break
        }
    }

    /// How a token is refused; `nil` if it is not.
    private func refusal(of token: String, by verifier: ProxyTokenVerifier, at time: Date = Date()) async
        -> ProxyIdentityError.Code?
    {
        do {
            _ = try await verifier.verify(token, now: time)
            return nil
        } catch let error as ProxyIdentityError {
            return error.code
        } catch {
            Issue.record(error)
            return nil
        }
    }

    private func running(
        _ keys: RefreshedKeySet, _ issuer: LearntIssuer, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await keys.run()
                try await Task.sleep(for: .seconds(3600))
            }
            group.addTask {
                await issuer.run()
                try await Task.sleep(for: .seconds(3600))
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// A namespace of the test's own in the cluster, with a ServiceAccount; the API server itself is the directory.
private final class Namespace: PodDirectory, TokenReviewer {
    private struct Review: Decodable {
        struct User: Decodable {
            let username: String?
            let uid: String?
            let extra: [String: [String]]?
        }

        struct Status: Decodable {
            let authenticated: Bool?
            let audiences: [String]?
            let user: User?
        }

        let status: Status
    }

    let cluster: TestCluster
    let name: String
    let reviews = Mutex(0)

    var pod: ObjectName { ObjectName(namespace: name, name: "web-1") }

    private init(_ cluster: TestCluster, _ name: String) {
        self.cluster = cluster
        self.name = name
    }

    static func make() async throws -> Namespace {
        let cluster = try await TestCluster.shared()
        let namespace = Namespace(cluster, try await cluster.createNamespace("tokens"))
        try await namespace.output(["create", "serviceaccount", "web"])
        return namespace
    }

    @discardableResult
    func output(_ arguments: [String], input: String? = nil) async throws -> String {
        try await cluster.kubectlOutput(arguments + ["--namespace", name], input: input)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What the API server answers at a path.
    func raw(_ path: String) async throws -> [UInt8] {
        Array(try await cluster.kubectlOutput(["get", "--raw", path]).utf8)
    }

    /// Creates the pod; its uid.
    func createPod() async throws -> String {
        let manifest = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "spec": {
              "serviceAccountName": "web", "automountServiceAccountToken": false,
              "containers": [{"name": "web", "image": "web"}]}}
            """
        return try await output(["create", "-f", "-", "-o", "jsonpath={.metadata.uid}"], input: manifest)
    }

    /// What binds a token to the pod.
    func binding(_ uid: String) -> [String] {
        ["--bound-object-kind", "Pod", "--bound-object-name", "web-1", "--bound-object-uid", uid]
    }

    /// A token as the kubelet gets it for the pod.
    func token(pod uid: String) async throws -> String {
        try await output(["create", "token", "web", "--audience", "osm-xds", "--duration", "1h"] + binding(uid))
    }

    func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> KnownPod? {
        let found = try? await cluster.kubectlOutput([
            "get", "pod", name.name, "--namespace", name.namespace, "-o",
            "jsonpath={.metadata.uid} {.spec.serviceAccountName}",
        ])
        guard let words = found?.split(separator: " ").map(String.init), words.count == 2 else { return nil }
        return KnownPod(
            uid: words[0], identity: ServiceIdentity(namespace: name.namespace, serviceAccount: words[1]))
    }

    func serviceAccountUID(_ name: ObjectName) async -> String? {
        try? await cluster.kubectlOutput([
            "get", "serviceaccount", name.name, "--namespace", name.namespace, "-o", "jsonpath={.metadata.uid}",
        ])
    }

    func review(token: String, audience: String) async throws -> ReviewedToken? {
        reviews.withLock { $0 += 1 }
        let manifest = """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
             "spec": {"token": "\(token)", "audiences": ["\(audience)"]}}
            """
        let answer = try await cluster.kubectlOutput(["create", "-f", "-", "-o", "json"], input: manifest)
        let status = try JSONDecoder().decode(Review.self, from: Data(answer.utf8)).status
        guard status.authenticated == true, let user = status.user else { return nil }
        return ReviewedToken(
            username: user.username ?? "", uid: user.uid ?? "", audiences: status.audiences ?? [],
            extra: user.extra ?? [:])
    }
}
