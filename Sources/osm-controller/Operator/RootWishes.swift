import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import MeshModel
import OwnedObjects

/// What the MeshRootCertificates of a cluster ask for, with the roots that their Secrets hold.
struct RootWishes: Sendable {
    /// The root that signs where there is no MeshRootCertificate: as in the original.
    static let implicitSecret = "osm-ca-bundle"
    private static let commonName = "osm-ca.openservicemesh.io"
    private static let resource = APIResource(
        group: "config.openservicemesh.io", version: "v1alpha2", plural: "meshrootcertificates", isNamespaced: true)

    /// An object as it was read, and what it asks for.
    struct Asked: Sendable {
        var metadata: ObjectMetadata
        /// What it says; `nil` if it cannot be read.
        var object: MeshRootCertificate?
        var claim: RootClaims.Claim
        /// Until when its root is valid.
        var notAfter: Date?

        /// The pods, as `namespace/name`, that its author goes on without while they are not connected; `*` for all.
        var waived: [String] {
            (metadata.annotations[RootWishes.continueWithout] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        }

        /// Why its root cannot be used.
        var reason: String {
            if case .failure(let failure) = claim.root { failure.message } else { claim.role.rawValue }
        }

        /// What becomes of it.
        func standing(_ claims: RootClaims, in namespace: String) -> RootClaims.Standing {
            if metadata.namespace == namespace, let standing = claims.standings[metadata.name] { return standing }
            if case .failure(let failure) = claim.root { return .unusable(failure) }
            return .inactive
        }

        /// What there is to say about it.
        func status(_ claims: RootClaims, in namespace: String) -> RootStatus {
            RootStatus(
                metadata: metadata, issuer: object?.issuer?.title ?? "", claim: claim,
                standing: standing(claims, in: namespace), notAfter: notAfter?.formatted(.iso8601) ?? "")
        }
    }

    /// The annotation that names pods which a rotation does not wait for.
    static let continueWithout = "openservicemesh.io/continue-without"

    /// An object that may be unreadable.
    private struct Listed: Decodable {
        let metadata: ObjectMetadata
        let object: Result<MeshRootCertificate, any Error>

        private enum Key: String, CodingKey { case metadata }

        init(from decoder: any Decoder) throws {
            metadata = try decoder.container(keyedBy: Key.self).decode(ObjectMetadata.self, forKey: .metadata)
            object = Result { try MeshRootCertificate(from: decoder) }
        }
    }

    let client: KubernetesClient
    let namespace: String
    let trustDomain: String
    let algorithm: KeyAlgorithm
    let issuers: ExternalIssuers

    /// What is asked for now.
    ///
    /// - Parameter state: What is trusted; `nil` where the mesh begins: issuers elsewhere are waited for then. A root is made
    ///   only for what was never trusted: else a Secret that is deleted would be replaced by a root that no pod knows.
    /// - Throws: The API server's error; `IssuerFailure` where there is no object, and the root that signs then cannot be used.
    func weigh(_ state: TrustState?, now: Date) async throws -> (claims: RootClaims, asked: [Asked]) {
        var asked: [Asked] = []
        for listed in try await list() {
            let object = try? listed.object.get()
            let isHere = listed.metadata.namespace == namespace
            let root: Result<TrustState.Root, IssuerFailure> =
                isHere
                ? try await root(of: listed, state, now)
                : .failure(
                    IssuerFailure(
                        .configuration,
                        "only objects in namespace \(namespace), where the controller is, have a meaning"))
            asked.append(
                Asked(
                    metadata: listed.metadata, object: object,
                    claim: RootClaims.Claim(
                        object: listed.metadata.name, created: listed.metadata.creation?.seconds ?? 0,
                        role: role(of: object), root: root),
                    notAfter: (try? root.get()).flatMap { try? IssuerRoot(pem: $0.pem, now: now).notAfter }))
        }
        let claims = asked.filter { $0.metadata.namespace == namespace }.map(\.claim)
        let implicit = claims.isEmpty ? try await implicit(state, now) : nil
        return (RootClaims(claims, implicit: implicit, present: state?.signer?.object), asked)
    }

    /// The root in the Secret that signed before there was a state; `nil` where there is none that can be used.
    ///
    /// - Throws: The API server's error.
    func former(now: Date) async throws -> TrustState.Root? {
        do {
            return try await secret(Self.implicitSecret).load(now: now).map { authority in
                TrustState.Root(
                    id: authority.identifier, pem: authority.rootPEM, object: "", trustDomain: trustDomain,
                    source: .secret(name: Self.implicitSecret))
            }
        } catch is CertificateAuthorityError {
            return nil
        }
    }

    /// Who signs with a root: the controller where its key can be had, or an issuer elsewhere.
    ///
    /// - Throws: The API server's error, or `IssuerFailure`.
    func signer(of root: TrustState.Root, now: Date) async throws -> WorkloadSigner {
        switch root.source {
        case .vault, .certManager: return try issuers.signer(of: root)
        case .secret(let name):
            guard let authority = try await secret(name).load(now: now) else {
                throw IssuerFailure(
                    .configuration,
                    "Secret \(namespace)/\(name), with the key of the root that signs, is gone: restore it")
            }
            // Of one key under another name, what it signs would not lead to the root that pods trust.
            guard authority.identifier == root.id,
                IssuerRoot.subject(ofPEM: authority.rootPEM) == IssuerRoot.subject(ofPEM: root.pem)
            else {
                throw IssuerFailure(
                    .wrongRoot,
                    "Secret \(namespace)/\(name) holds another root than that which signs, \(root.id): restore it, or make"
                        + " a second MeshRootCertificate to change over to another root")
            }
            issuers.rest()
            return .authority(authority)
        }
    }

    private func list() async throws -> [Listed] {
        do {
            return try await client.list(Self.resource, namespace: nil, labelSelector: nil, as: Listed.self)
        } catch let error as KubernetesError where error.code == .notFound {
            // The kind is not installed: nobody can have such an object.
            return []
        }
    }

    private func role(of object: MeshRootCertificate?) -> RootClaims.Role {
        // What is wrong asks for nothing, and is told so: a role with a mistake in it is none that was meant.
        guard let object, object.validate().isEmpty else { return .passive }
        return switch object.effectiveRole {
        case .active: .active
        case .passive: .passive
        case .inactive: .inactive
        }
    }

    private func root(
        of listed: Listed, _ state: TrustState?, _ now: Date
    ) async throws -> Result<TrustState.Root, IssuerFailure> {
        let object: MeshRootCertificate
        switch listed.object {
        case .failure(let error): return .failure(IssuerFailure(.configuration, "the object cannot be read: \(error)"))
        case .success(let read): object = read
        }
        let problems = object.validate()
        guard problems.isEmpty else {
            return .failure(
                IssuerFailure(.configuration, problems.map { "\($0.path): \($0.message)" }.joined(separator: "; ")))
        }
        guard object.effectiveRole != .inactive else { return .failure(IssuerFailure(.configuration, "inactive")) }
        switch object.issuer {
        case .tresor(let tresor):
            return try await root(
                in: tresor.secret.name, of: object.metadata.name, object.trustDomain, state, now)
        case .vault(let vault):
            let token = TrustState.Token(
                namespace: vault.token.namespace, name: vault.token.name, key: vault.token.key)
            let source = TrustState.Vault(
                scheme: vault.protocolName, host: vault.host, port: vault.port, role: vault.role, token: token,
                hasURI: object.spiffeEnabled)
            return await root(of: .vault(source), for: object, state)
        case .certManager(let reference):
            let source = TrustState.CertManager(
                name: reference.issuerName, kind: reference.issuerKind, group: reference.issuerGroup,
                hasURI: object.spiffeEnabled)
            return await root(of: .certManager(source), for: object, state)
        case nil: return .failure(IssuerFailure(.configuration, "spec.provider: names no issuer"))
        }
    }

    /// The root of an issuer elsewhere: that which is trusted already for the object, else what the issuer says.
    private func root(
        of source: TrustState.Source, for object: MeshRootCertificate, _ state: TrustState?
    ) async -> Result<TrustState.Root, IssuerFailure> {
        let name = object.metadata.name
        let trusted = state?.roots.first {
            $0.object == name && $0.source == source && $0.trustDomain == object.trustDomain
        }
        if let trusted { return .success(trusted) }
        let claim = ExternalIssuers.Claim(
            uid: object.metadata.uid, key: .init(source: source, trustDomain: object.trustDomain))
        do throws(IssuerFailure) {
            let root = state == nil ? try await issuers.learn(claim) : try issuers.root(for: claim)
            return Self.fitting(
                TrustState.Root(
                    id: root.id, pem: root.pem, object: name, trustDomain: object.trustDomain, source: source), state)
        } catch {
            return .failure(error)
        }
    }

    private func implicit(_ state: TrustState?, _ now: Date) async throws -> TrustState.Root? {
        try await root(in: Self.implicitSecret, of: "", trustDomain, state, now).get()
    }

    /// The root in a Secret, which is made where the mesh never trusted one of the object.
    private func root(
        in name: String, of object: String, _ trustDomain: String, _ state: TrustState?, _ now: Date
    ) async throws -> Result<TrustState.Root, IssuerFailure> {
        let secret = secret(name)
        do {
            let wasTrusted = state?.roots.contains { $0.object == object || $0.source == .secret(name: name) } ?? false
            let authority: CertificateAuthority
            if let present = try await secret.load(now: now) {
                authority = present
            } else if wasTrusted || (object.isEmpty && state != nil) {
                return .failure(
                    IssuerFailure(
                        .configuration,
                        "Secret \(namespace)/\(name), with the root and its key, is gone: restore it, or make a second"
                            + " MeshRootCertificate to change over to another root"))
            } else {
                authority = try await secret.loadOrCreate(name: Self.commonName, algorithm: algorithm, now: now)
            }
            return Self.fitting(
                TrustState.Root(
                    id: authority.identifier, pem: authority.rootPEM, object: object, trustDomain: trustDomain,
                    source: .secret(name: name)), state)
        } catch let error as CertificateAuthorityError {
            return .failure(IssuerFailure(.unusableRoot, error.message))
        } catch let error as OwnedObjectsError {
            return .failure(IssuerFailure(.configuration, "\(error)"))
        } catch let error as KubernetesError where [.forbidden, .invalid, .decoding, .tooLarge].contains(error.code) {
            // One object's Secret is its own matter.
            return .failure(IssuerFailure(.configuration, "Secret \(namespace)/\(name): \(error.message)"))
        }
    }

    /// A root, unless it is trusted already as another.
    ///
    /// Of one root with two trust domains, certificates of either would look alike; of one key under two names, certificates
    /// would lead to one of them alone.
    private static func fitting(_ root: TrustState.Root, _ state: TrustState?) -> Result<TrustState.Root, IssuerFailure>
    {
        guard let known = state?[root.id] else { return .success(root) }
        guard known.trustDomain == root.trustDomain else {
            return .failure(
                IssuerFailure(
                    .configuration,
                    "its root \(root.id) is trusted for trust domain \(known.trustDomain), and a root has one only: change"
                        + " over to \(root.trustDomain) with another root"))
        }
        guard let former = IssuerRoot.subject(ofPEM: known.pem), let subject = IssuerRoot.subject(ofPEM: root.pem),
            former != subject
        else { return .success(root) }
        return .failure(
            IssuerFailure(
                .unusableRoot,
                "its root \(root.id) is called `\(subject)`, and pods trust the same key as `\(former)`: keep the name, or make"
                    + " a root with another key"))
    }

    private func secret(_ name: String) -> RootSecret {
        RootSecret(client: client, ObjectName(namespace: namespace, name: name))
    }
}
