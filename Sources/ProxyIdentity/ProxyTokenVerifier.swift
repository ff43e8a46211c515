public import FoundationEssentials
internal import MeshModel

/// Finds out which pod's proxy has sent a token.
///
/// A token is believed if a known key signed it, it is meant for us now, and the pod and the ServiceAccount that it is
/// bound to exist, with those uids, and belong together.
public struct ProxyTokenVerifier: Sendable {
    /// How far this clock may be behind the issuer's; a token's end gets no such grace.
    private static let clockSkew: TimeInterval = 60

    private let issuers: @Sendable () async throws -> Set<String>
    private let keySet: any TokenKeySet
    private let reviews: TokenReviews?
    private let directory: any PodDirectory
    private let patience: Duration

    /// A verifier of one issuer's tokens.
    ///
    /// - Parameters:
    ///   - issuer: The only issuer whose tokens are believed, exactly as they name it.
    ///   - keySet: The issuer's keys.
    ///   - directory: The pods and ServiceAccounts.
    ///   - patience: How long a pod and its ServiceAccount are waited for that are not in the directory yet.
    public init(
        issuer: String, keySet: any TokenKeySet, directory: any PodDirectory, patience: Duration = .seconds(5)
    ) {
        self.init(issuers: { [issuer] }, keySet: keySet, directory: directory, patience: patience)
    }

    /// A verifier of the tokens of issuers that are found out.
    ///
    /// - Parameters:
    ///   - issuers: The issuers whose tokens are believed, exactly as they name them, such as ``LearntIssuer/issuers()``;
    ///     asked for each token, so it should know them.
    ///   - keySet: Their keys.
    ///   - directory: The pods and ServiceAccounts.
    ///   - reviewer: Who is asked about a token where the issuers or their keys cannot be had, or no known key signed
    ///     it; never about one that is forged or expired.
    ///   - patience: How long a pod and its ServiceAccount are waited for that are not in the directory yet.
    public init(
        issuers: @escaping @Sendable () async throws -> Set<String>, keySet: any TokenKeySet,
        directory: any PodDirectory, reviewer: (any TokenReviewer)? = nil, patience: Duration = .seconds(5)
    ) {
        self.init(
            issuers: issuers, keySet: keySet, directory: directory, reviewer: reviewer, reviewTime: .seconds(5),
            patience: patience)
    }

    /// - Parameter reviewTime: How long a review may take, and how long it may be waited for before it begins.
    package init(
        issuers: @escaping @Sendable () async throws -> Set<String>, keySet: any TokenKeySet,
        directory: any PodDirectory, reviewer: (any TokenReviewer)?, reviewTime: Duration, patience: Duration
    ) {
        self.issuers = issuers
        self.keySet = keySet
        self.directory = directory
        self.patience = patience
        reviews = reviewer.map { TokenReviews($0, limits: .init(time: reviewTime)) }
    }

    /// Who sent a token.
    ///
    /// - Parameters:
    ///   - token: What follows `Bearer ` in the header.
    ///   - now: The time.
    /// - Throws: `ProxyIdentityError`; its message never holds the token.
    public func verify(_ token: String, now: Date) async throws -> VerifiedProxy {
        let bearer = try BearerToken(token)
        let claims: TokenClaims
        do {
            claims = try await verifiedClaims(of: bearer, now: now)
        } catch let error as ProxyIdentityError where error.leavesOpen {
            guard let reviews else { throw error }
            claims = try await reviewedClaims(of: bearer, token, by: reviews, now: now, after: error)
        }
        return try await proxy(of: claims)
    }

    /// The claims, after the signature and all that needs no directory was verified here.
    private func verifiedClaims(of token: BearerToken, now: Date) async throws -> TokenClaims {
        let key = try await key(of: token)
        // The key decides, not the token: else a public key could pass for a shared secret, or no signature for one.
        guard token.algorithm == key.algorithm else {
            throw ProxyIdentityError(.algorithm, "the token is not signed with \(key.algorithm), as its key signs")
        }
        guard let isValid = try? await key.isValidSignature(token.signature, of: token.message), isValid else {
            throw ProxyIdentityError(.signature, "the signature of the token is wrong")
        }
        let claims = try token.claims()
        let known: Set<String>
        do {
            known = try await issuers()
        } catch {
            throw ProxyIdentityError(.issuersUnavailable, "whom to believe tokens of is not known", cause: error)
        }
        guard known.contains(claims.issuer) else {
            throw ProxyIdentityError(
                .issuer,
                "the token of pod \(claims.pod) is not issued by \(known.sorted().joined(separator: " or "))")
        }
        try check(claims, now: now)
        return claims
    }

    /// The claims, after the API server has authenticated the token.
    ///
    /// - Parameter open: Why it could not be verified here.
    private func reviewedClaims(
        of bearer: BearerToken, _ token: String, by reviews: TokenReviews, now: Date, after open: ProxyIdentityError
    ) async throws -> TokenClaims {
        // What would be refused anyway is not worth a question; it may be forged, so nothing is said about it.
        guard let claims = try? bearer.claims(), (try? check(claims, now: now)) != nil else { throw open }
        guard let reviewed = try await reviews.review(token) else {
            throw ProxyIdentityError(.notAuthenticated, "the API server does not authenticate the token")
        }
        guard reviewed.audiences.contains(MeshLabels.proxyTokenAudience) else {
            throw ProxyIdentityError(
                .audience,
                "the API server does not say that the token of pod \(claims.pod) is for the audience "
                    + MeshLabels.proxyTokenAudience)
        }
        // A server may say nothing of a pod or uid, but what it says is so.
        guard reviewed.username == claims.subject,
            reviewed.uid.isEmpty || reviewed.uid == claims.binding.serviceaccount.uid,
            reviewed.podName.map({ $0 == claims.binding.pod.name }) ?? true,
            reviewed.podUID.map({ $0 == claims.binding.pod.uid }) ?? true
        else {
            throw ProxyIdentityError(
                .notAuthenticated,
                "the API server says that the token of pod \(claims.pod) is of another ServiceAccount or pod")
        }
        return claims
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
        throw ProxyIdentityError(.unknownKey, "no key of the issuer has signed the token")
    }

    /// Checks what needs neither the issuer nor a directory; the pod may only be named if the token is known to be good.
    private func check(_ claims: TokenClaims, now: Date) throws {
        let pod = claims.pod
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
        let start = ContinuousClock.now
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
        // One time for both: whoever waited for the pod waits the less for the account.
        let rest = max(.zero, patience - (.now - start))
        guard
            let uid = await directory.serviceAccountUID(
                account, uid: binding.serviceaccount.uid, waitingAtMost: rest)
        else {
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

extension ProxyIdentityError {
    /// Whether it says that nothing could be found out about the token, rather than that the token is bad.
    fileprivate var leavesOpen: Bool { [.keysUnavailable, .unknownKey, .issuersUnavailable].contains(code) }
}
