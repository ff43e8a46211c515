public import CertificateAuthority

/// The roots of the control plane's own servers, with their keys.
public struct ServerRoots: Sendable {
    /// A root with its key.
    public struct KeyedRoot: Sendable {
        /// The root.
        public let authority: CertificateAuthority
        let certificatePEM: String
        let keyPEM: String

        /// The identifier of the root.
        public var id: String { authority.identifier }
    }

    /// What the operator asks for, in annotations.
    public struct Request: Hashable, Sendable {
        /// Any text: another one than the last that was carried out asks for another root.
        public var rotate: String?
        /// The text that was carried out last.
        public var rotated: String?
        /// The pods, as `namespace/name`, that the operator goes on without while they are not connected; `*` for all.
        public var waived: Set<String>

        /// Whether another root is asked for.
        public var isRotation: Bool { rotate != nil && rotate != rotated }
    }

    /// The root that signs.
    public let signing: KeyedRoot
    /// The root that is to sign next.
    public let next: KeyedRoot?
    /// The root that signed before.
    public let previous: KeyedRoot?

    /// The roots by their identifiers.
    public var state: ServerTrustPlan.State {
        ServerTrustPlan.State(signing: signing.id, next: next?.id, previous: previous?.id)
    }

    /// The certificates of all of them, as PEM, each once, in an order that a change of roles leaves as it is.
    public var trustedPEM: String {
        [signing, next, previous].compactMap { $0 }.reduce(into: [String: String]()) {
            $0[$1.id] = $1.authority.rootPEM
        }
        .sorted { $0.key < $1.key }.map(\.value).joined()
    }
}

extension ServerRoots.KeyedRoot: CustomStringConvertible, CustomReflectable {
    /// The identifier; nothing of the key.
    public var description: String { "root \(id)" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
