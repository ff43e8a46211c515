/// What the pods of a mesh trust, and who signs their certificates: what a rotation has reached, and goes on from after a crash.
///
/// Every change has an epoch of its own. A replica follows one epoch, and a pod has acknowledged one: all that it trusts
/// is then what the state of that epoch says.
public struct TrustState: Codable, Hashable, Sendable {
    /// A root of the mesh.
    public struct Root: Codable, Hashable, Sendable {
        /// The identifier of its key, ``CertificateAuthority/identifier``.
        public var id: String
        /// The certificate, as PEM.
        public var pem: String
        /// The MeshRootCertificate that asked for it; empty for the mesh's own root where there is none.
        public var object: String
        /// The last part of the names of workloads whose certificates it signs.
        public var trustDomain: String
        /// Who signs with it: known here too, so that a root whose object is deleted goes on signing.
        public var source: Source

        /// A root.
        public init(id: String, pem: String, object: String, trustDomain: String, source: Source) {
            self.id = id
            self.pem = pem
            self.object = object
            self.trustDomain = trustDomain
            self.source = source
        }
    }

    /// One more at every change, from 1.
    public private(set) var epoch: Int64
    /// The identifier of the root that signs: one of ``roots``.
    public private(set) var signing: String
    /// The roots that every pod trusts, by identifier, each once.
    public private(set) var roots: [Root]
    private var former: [String]?

    /// The state of a mesh that begins.
    ///
    /// - Parameters:
    ///   - signing: The root that signs.
    ///   - others: Further roots to trust.
    public init(signing: Root, others: [Root] = []) {
        epoch = 1
        self.signing = signing.id
        roots = Self.ordered([signing] + others)
    }

    /// The root that signs.
    public var signer: Root? { self[signing] }

    /// The root of an identifier; `nil` if it is not trusted.
    public subscript(id: String) -> Root? { roots.first { $0.id == id } }

    /// The certificates of all roots, as PEM, in their order.
    public var trustedPEM: String {
        roots.map { $0.pem.hasSuffix("\n") ? $0.pem : $0.pem + "\n" }.joined()
    }

    /// The trust domains of all roots, each once, that of the root which signs first.
    public var trustDomains: [String] {
        let first = signer.map(\.trustDomain)
        return [first].compactMap { $0 } + Set(roots.map(\.trustDomain)).subtracting([first].compactMap { $0 }).sorted()
    }

    /// Trust domains of roots that are gone, under which clients are accepted still: sorted, none of ``trustDomains``.
    ///
    /// A connection that was opened with a certificate of such a root bears its name for as long as it lasts.
    public var formerTrustDomains: [String] { former ?? [] }

    /// The next epoch, with further roots; what is trusted already takes the object and the source that it is asked for by.
    func trusting(_ more: [Root]) -> TrustState {
        next { state in
            let known = more.map { root in
                var root = root
                root.trustDomain = state[root.id]?.trustDomain ?? root.trustDomain
                return root
            }
            state.roots = Self.ordered(known + state.roots)
        }
    }

    /// The next epoch, in which another of the roots signs.
    func signing(with id: String) -> TrustState {
        next { $0.signing = id }
    }

    /// The next epoch, without some of the roots.
    func distrusting(_ ids: Set<String>) -> TrustState {
        next { state in
            state.former = trustDomains + formerTrustDomains
            state.roots.removeAll { ids.contains($0.id) }
        }
    }

    /// The next epoch, in which clients are accepted under the trust domains of the roots alone.
    func acceptingNoFormerNames() -> TrustState {
        next { $0.former = nil }
    }

    private func next(_ change: (inout TrustState) -> Void) -> TrustState {
        var state = self
        change(&state)
        let others = Set(state.formerTrustDomains).subtracting(state.trustDomains).sorted()
        state.former = others.isEmpty ? nil : others
        state.epoch += 1
        return state
    }

    /// By identifier; of two with one identifier the first.
    private static func ordered(_ roots: [Root]) -> [Root] {
        Dictionary(roots.map { ($0.id, $0) }) { first, _ in first }.values.sorted { $0.id < $1.id }
    }
}
