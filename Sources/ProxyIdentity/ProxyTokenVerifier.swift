public import FoundationEssentials
internal import MeshModel

/// Finds out which pod's proxy has sent a token.
///
/// A token is believed if a known key signed it, it is meant for us now, and the pod and the ServiceAccount that it is
/// bound to exist, with those uids, and belong together.
public struct ProxyTokenVerifier: Sendable {
    /// How far this clock may be behind the issuer's; a token's end gets no such grace.
    private static let clockSkew: TimeInterval = 60

    private let issuer: String
    private let keySet: any TokenKeySet
    private let directory: any PodDirectory
    private let patience: Duration

    /// A verifier.
    ///
    /// - Parameters:
    ///   - issuer: The only issuer whose tokens are believed, exactly as they name it.
    ///   - keySet: The issuer's keys.
    ///   - directory: The pods and ServiceAccounts.
    ///   - patience: How long a pod is waited for that is not in the directory yet.
    public init(
        issuer: String, keySet: any TokenKeySet, directory: any PodDirectory, patience: Duration = .seconds(5)
    ) {
        self.issuer = issuer
        self.keySet = keySet
        self.directory = directory
        self.patience = patience
    }

    /// Who sent a token.
    ///
    /// - Parameters:
    ///   - token: What follows `Bearer ` in the header.
    ///   - now: The time.
    /// - Throws: `ProxyIdentityError`; its message never holds the token.
    public func verify(_ token: String, now: Date) async throws -> VerifiedProxy {
        let token = try BearerToken(token)
        let key = try await key(of: token)
        // The key decides, not the token: else a public key could pass for a shared secret, or no signature for one.
        guard token.algorithm == key.algorithm else {
            throw ProxyIdentityError(.algorithm, "the token is not signed with \(key.algorithm), as its key signs")
        }
        guard let isValid = try? await key.isValidSignature(token.signature, of: token.message), isValid else {
            throw ProxyIdentityError(.signature, "the signature of the token is wrong")
        }
        let claims = try token.claims()
        try check(claims, now: now)
        return try await proxy(of: claims)
    }

    private func key(of token: BearerToken) async throws -> TokenKey {
        guard token.algorithm == "ES256" || token.algorithm == "RS256" else {
            throw ProxyIdentityError(.algorithm, "the token is signed neither with ES256 nor with RS256")
        }
        do {
            if let key = try await keySet.keys(refreshing: false).first(where: { $0.id == token.keyID }) { return key }
            if let key = try await keySet.keys(refreshing: true).first(where: { $0.id == token.keyID }) { return key }
        } catch {
            throw ProxyIdentityError(.keysUnavailable, "the issuer's keys cannot be had", cause: error)
        }
        throw ProxyIdentityError(.unknownKey, "no key of the issuer \(issuer) has signed the token")
    }

    /// Checks what needs no directory; the signature is known to be good, so the pod may be named.
    private func check(_ claims: TokenClaims, now: Date) throws {
        let pod = claims.pod
        guard claims.issuer == issuer else {
            throw ProxyIdentityError(.issuer, "the token of pod \(pod) is not issued by \(issuer)")
        }
        guard claims.audiences.contains(MeshLabels.proxyTokenAudience) else {
            throw ProxyIdentityError(
                .audience,
                "the token of pod \(pod) is not for the audience \(MeshLabels.proxyTokenAudience): send the one that is"
            )
        }
        let time = now.timeIntervalSince1970
        guard time < claims.expiry else {
            throw ProxyIdentityError(
                .expired, "the token of pod \(pod) has expired: send the one in its file, read anew")
        }
        guard claims.notBefore.map({ time + Self.clockSkew >= $0 }) ?? true else {
            throw ProxyIdentityError(.notYetValid, "the token of pod \(pod) is not valid yet: set the clocks")
        }
        let account = claims.binding.serviceaccount.name
        guard !pod.namespace.isEmpty, !pod.name.isEmpty, !account.isEmpty,
            claims.subject == TokenClaims.subject(namespace: pod.namespace, serviceAccount: account)
        else {
            throw ProxyIdentityError(
                .subject, "the subject of the token of pod \(pod) is not the ServiceAccount that it is bound to")
        }
    }

    /// The proxy, if what the token is bound to still exists.
    private func proxy(of claims: TokenClaims) async throws -> VerifiedProxy {
        let (name, binding) = (claims.pod, claims.binding)
        let identity = ServiceIdentity(namespace: name.namespace, serviceAccount: binding.serviceaccount.name)
        guard let pod = await directory.pod(name, uid: binding.pod.uid, waitingAtMost: patience) else {
            throw ProxyIdentityError(.unknownPod, "pod \(name) of the token does not exist")
        }
        guard pod.uid.isEmpty || pod.uid == binding.pod.uid else {
            throw ProxyIdentityError(.replacedPod, "pod \(name) of the token is gone: another pod has its name")
        }
        guard pod.identity == identity else {
            throw ProxyIdentityError(
                .identity, "pod \(name) runs as ServiceAccount \(pod.identity), its token is of \(identity)")
        }
        let account = ObjectName(namespace: identity.namespace, name: identity.serviceAccount)
        guard let uid = await directory.serviceAccountUID(account) else {
            throw ProxyIdentityError(
                .unknownServiceAccount,
                "ServiceAccount \(account) of the token of pod \(name) does not exist: create it")
        }
        guard uid.isEmpty || uid == binding.serviceaccount.uid else {
            throw ProxyIdentityError(
                .replacedServiceAccount,
                "ServiceAccount \(account) of the token of pod \(name) was made anew: recreate the pod")
        }
        return VerifiedProxy(
            identity: identity, pod: name, podUID: binding.pod.uid, expiry: Date(timeIntervalSince1970: claims.expiry))
    }
}

extension TokenClaims {
    /// The pod that the token is bound to.
    fileprivate var pod: ObjectName { ObjectName(namespace: binding.namespace, name: binding.pod.name) }
}
