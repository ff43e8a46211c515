public import CertificateAuthority
public import FoundationEssentials
public import KubernetesClient
internal import MeshModel

/// Where the roots of the control plane's own servers are kept, apart from the roots of the mesh: a Secret that all replicas
/// share, and with it what a replacement has reached.
///
/// `ca.crt` and `private.key` are the root that signs now, as a release before this one reads them. A release before that one
/// kept it beside the root of the mesh, in `osm-ca-bundle`; it is taken over from there, and left there.
public struct ServerRootStore: Sendable {
    /// The name of the Secret.
    public static let name = "osm-control-plane-ca"
    private static let commonName = "osm-control-plane-ca.openservicemesh.io"
    private static let former = (
        secret: "osm-ca-bundle", certificate: "control-plane-ca.crt", key: "control-plane-private.key"
    )

    /// What is kept, and the version that a change of it must name.
    public struct Kept: Sendable {
        /// The roots.
        public let roots: ServerRoots
        /// What is asked for.
        public let request: ServerRoots.Request
        /// Why the next root, or the one before, cannot be used: it is left out then.
        public let problem: String?
        let status: String?
        let resourceVersion: String
    }

    /// The fields of a root.
    private struct Fields {
        let certificate: String
        let key: String

        static let signing = Fields(certificate: "ca.crt", key: "private.key")
        static let next = Fields(certificate: "next-ca.crt", key: "next-private.key")
        static let previous = Fields(certificate: "previous-ca.crt", key: "previous-private.key")

        func data(_ root: ServerRoots.KeyedRoot?) -> [String: JSONContent] {
            [
                certificate: root.map { .string(Data($0.certificatePEM.utf8).base64EncodedString()) } ?? .null,
                key: root.map { .string(Data($0.keyPEM.utf8).base64EncodedString()) } ?? .null,
            ]
        }
    }

    private enum Annotation {
        static let rotate = "openservicemesh.io/rotate"
        static let rotated = "openservicemesh.io/rotated"
        static let root = "openservicemesh.io/signing-root"
        static let status = "openservicemesh.io/rotation-status"
        static let continueWithout = "openservicemesh.io/continue-without"
    }

    private struct Secret: Decodable {
        struct Metadata: Decodable {
            var annotations: [String: String]?
            var resourceVersion: String?
        }
        var metadata: Metadata?
        var data: [String: Data]?
    }

    private let client: KubernetesClient
    private let object: ObjectName

    /// A store.
    ///
    /// - Parameter namespace: The namespace of the controller.
    public init(client: KubernetesClient, namespace: String) {
        self.client = client
        object = ObjectName(namespace: namespace, name: Self.name)
    }

    /// What is kept; `nil` if nothing is.
    ///
    /// - Throws: The API server's error; `CertificateAuthorityError`, with the fields in its message, for a root that signs and
    ///   cannot be used; `OwnedObjectsError` for another root than the one that was kept.
    public func load(now: Date) async throws -> Kept? {
        guard let secret = try await client.get(.secret, object, as: Secret.self) else { return nil }
        let (data, annotations) = (secret.data ?? [:], secret.metadata?.annotations ?? [:])
        let signing = try root(.signing, data, now)
        if let known = annotations[Annotation.root], known != signing.id {
            throw OwnedObjectsError(
                .secret,
                "Secret \(object) holds another root in `ca.crt` than that which pods know, \(known): restore it. To change"
                    + " over to a root of your own, write it into `next-ca.crt` and `next-private.key`, and ask for a rotation"
                    + " by the annotation \(Annotation.rotate); to have pods lose the control plane until they know this one,"
                    + " remove the annotation \(Annotation.root)")
        }
        var problem: String?
        func other(_ fields: Fields, _ now: Date?) -> ServerRoots.KeyedRoot? {
            guard data[fields.certificate] != nil || data[fields.key] != nil else { return nil }
            do {
                let root = try root(fields, data, now)
                return root.id == signing.id ? nil : root
            } catch {
                problem = (error as? CertificateAuthorityError)?.message ?? "\(error)"
                return nil
            }
        }
        let roots = ServerRoots(signing: signing, next: other(.next, now), previous: other(.previous, nil))
        let waived = (annotations[Annotation.continueWithout] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        return Kept(
            roots: roots,
            request: ServerRoots.Request(
                rotate: annotations[Annotation.rotate], rotated: annotations[Annotation.rotated], waived: Set(waived)),
            problem: problem, status: annotations[Annotation.status],
            resourceVersion: secret.metadata?.resourceVersion ?? "")
    }

    /// What is kept, or a first root where there is none: of several replicas that start together one makes it and all use it.
    ///
    /// - Parameters:
    ///   - meshName: Whose pods may know a root already.
    ///   - isForced: Whether a new root is made even then: pods lose the control plane until they know it.
    /// - Returns: `nil` where pods know a root that is gone: another replica, if one lives, keeps it again.
    /// - Throws: As ``load(now:)``.
    public func loadOrBegin(meshName: String, isForced: Bool, now: Date) async throws -> Kept? {
        if let kept = try await load(now: now) { return kept }
        let known = try await client.list(.configMap, named: TrustBundleWriter.name, as: Bundle.self)
            .filter { $0.metadata.labels?["app.kubernetes.io/instance"] == meshName }.compactMap { $0.data?["ca.crt"] }
        let root: ServerRoots.KeyedRoot
        // A root that was let go must not come back.
        if let former = try await formerRoot(now),
            known.isEmpty || known.contains(where: { $0.contains(former.authority.rootPEM) })
        {
            root = former
        } else if known.isEmpty || isForced {
            root = try Self.newRoot(now)
        } else {
            return nil
        }
        _ = try await create(ServerRoots(signing: root, next: nil, previous: nil), nil)
        return try await load(now: now)
    }

    private struct Bundle: Decodable {
        struct Metadata: Decodable { let labels: [String: String]? }
        let metadata: Metadata
        let data: [String: String]?
    }

    /// Keeps again what was deleted.
    public func restore(_ kept: Kept) async throws -> Bool { try await create(kept.roots, kept.request) }

    /// Carries a change out.
    ///
    /// - Returns: Whether it is kept; `false` if somebody else has changed the Secret meanwhile, or deleted it.
    public func change(_ kept: Kept, _ change: ServerTrustPlan.Change, now: Date) async throws -> Bool {
        let (roots, request) = (kept.roots, kept.request)
        switch change {
        case .begin: return try await patch(kept, roots.signing, next: try Self.newRoot(now), previous: nil)
        case .cancel: return try await patch(kept, roots.signing, next: nil, previous: nil)
        case .advance:
            guard let next = roots.next else { return false }
            return try await patch(
                kept, next, next: nil, previous: roots.signing,
                annotations: request.rotate.map { [Annotation.rotated: .string($0)] } ?? [:])
        case .finish: return try await patch(kept, roots.signing, next: nil, previous: nil)
        }
    }

    /// Says where a replacement stands, in an annotation.
    ///
    /// - Parameter kept: What it is said about; `nil` where that cannot be used.
    public func tell(_ status: String, about kept: Kept?) async throws {
        guard kept?.status != status else { return }
        var metadata: [String: JSONContent] = [:]
        var annotations: [String: JSONContent] = [Annotation.status: .string(status)]
        if let kept {
            annotations[Annotation.root] = .string(kept.roots.signing.id)
            metadata["resourceVersion"] = .string(kept.resourceVersion)
        }
        metadata["annotations"] = .object(annotations)
        do {
            _ = try await client.mergePatch(
                .secret, object, subresource: nil, body: ["metadata": .object(metadata)] as JSONContent)
        } catch let error as KubernetesError where error.code == .conflict {
            // Said at the next look, about what is there then.
        }
    }

    private func patch(
        _ kept: Kept, _ signing: ServerRoots.KeyedRoot, next: ServerRoots.KeyedRoot?,
        previous: ServerRoots.KeyedRoot?, annotations: [String: JSONContent] = [:]
    ) async throws -> Bool {
        var annotations = annotations
        annotations[Annotation.root] = .string(signing.id)
        let metadata: JSONContent = [
            "resourceVersion": .string(kept.resourceVersion), "annotations": .object(annotations),
        ]
        let data = Fields.signing.data(signing).merging(Fields.next.data(next)) { $1 }
            .merging(Fields.previous.data(previous)) { $1 }
        do {
            return try await client.mergePatch(
                .secret, object, subresource: nil, body: ["metadata": metadata, "data": .object(data)] as JSONContent)
        } catch let error as KubernetesError where error.code == .conflict {
            return false
        }
    }

    private func create(_ roots: ServerRoots, _ request: ServerRoots.Request?) async throws -> Bool {
        var annotations: [String: JSONContent] = [Annotation.root: .string(roots.signing.id)]
        for (name, text) in [(Annotation.rotate, request?.rotate), (Annotation.rotated, request?.rotated)] {
            if let text { annotations[name] = .string(text) }
        }
        let data = Fields.signing.data(roots.signing).merging(Fields.next.data(roots.next)) { $1 }
            .merging(Fields.previous.data(roots.previous)) { $1 }.filter { $0.value != .null }
        let metadata: JSONContent = [
            "name": .string(object.name), "namespace": .string(object.namespace),
            "labels": ["app.kubernetes.io/name": "openservicemesh.io"], "annotations": .object(annotations),
        ]
        return try await client.create(
            .secret, object,
            body: [
                "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": .object(data),
            ] as JSONContent)
    }

    private func root(_ fields: Fields, _ data: [String: Data], _ now: Date?) throws -> ServerRoots.KeyedRoot {
        try Self.root(
            data[fields.certificate], data[fields.key],
            source: "Secret \(object) (\(fields.certificate), \(fields.key))", now: now)
    }

    private func formerRoot(_ now: Date) async throws -> ServerRoots.KeyedRoot? {
        let name = ObjectName(namespace: object.namespace, name: Self.former.secret)
        let data = try await client.get(.secret, name, as: Secret.self)?.data ?? [:]
        guard let certificate = data[Self.former.certificate], let key = data[Self.former.key] else { return nil }
        return try Self.root(
            certificate, key, source: "Secret \(name) (\(Self.former.certificate), \(Self.former.key))", now: now)
    }

    private static func root(
        _ certificate: Data?, _ key: Data?, source: String, now: Date?
    ) throws -> ServerRoots.KeyedRoot {
        let (certificate, key) = (text(certificate), text(key))
        return ServerRoots.KeyedRoot(
            authority: try CertificateAuthority.read(pem: key + "\n" + certificate, source: source, now: now),
            certificatePEM: certificate, keyPEM: key)
    }

    private static func text(_ data: Data?) -> String { String(decoding: data ?? Data(), as: UTF8.self) }

    private static func newRoot(_ now: Date) throws -> ServerRoots.KeyedRoot {
        let (authority, key) = try CertificateAuthority.create(name: commonName, algorithm: .ecdsaP256, now: now)
        return ServerRoots.KeyedRoot(authority: authority, certificatePEM: authority.rootPEM, keyPEM: key)
    }
}
