/// What the mesh's objects ask for, one by one, and what becomes of each.
public struct RootClaims: Sendable {
    /// What an object wants its root to do.
    public enum Role: String, Hashable, Sendable {
        /// To sign.
        case active
        /// To be trusted.
        case passive
        /// Nothing.
        case inactive
    }

    /// What an object asks for.
    public struct Claim: Sendable {
        /// The object's name.
        public var object: String
        /// When it was made, in seconds since 1970.
        public var created: Int64
        /// What it wants.
        public var role: Role
        /// Its root, or why it has none that can be used.
        public var root: Result<TrustState.Root, IssuerFailure>

        /// A claim.
        public init(object: String, created: Int64, role: Role, root: Result<TrustState.Root, IssuerFailure>) {
            self.object = object
            self.created = created
            self.role = role
            self.root = root
        }
    }

    /// What becomes of an object.
    public enum Standing: Hashable, Sendable {
        /// Its root is to sign.
        case signing
        /// Its root is to be trusted.
        case trusted
        /// A younger object's root is to sign; its own goes once nobody has a certificate of it.
        case superseded(by: String)
        /// It asks for nothing.
        case inactive
        /// It asks for what cannot be.
        case unusable(IssuerFailure)
    }

    /// What all together ask for.
    public let wish: TrustPlan.Wish
    /// What becomes of each object, by its name.
    public let standings: [String: Standing]

    /// Weighs the claims.
    ///
    /// Of several active objects the youngest that can be used has its root sign, of equally old ones the last by name: so one
    /// object that is added rotates the root, and deleting it leads back. Where no object can be used, who signs stays.
    ///
    /// - Parameters:
    ///   - claims: In any order.
    ///   - implicit: The root that signs where there are no objects at all; `nil` if there is none.
    ///   - present: The object whose root signs now: an older one does not take its place because its own cannot be read for
    ///     a while; `nil` if there is none.
    public init(_ claims: [Claim], implicit: TrustState.Root?, present: String? = nil) {
        let ordered = claims.sorted { ($0.created, $0.object) > ($1.created, $1.object) }
        let usable = ordered.first {
            $0.role == .active && ((try? $0.root.get()) != nil || $0.object == present)
        }
        let signer = usable.flatMap { (try? $0.root.get()) == nil ? nil : $0 }
        standings = Dictionary(
            ordered.map { claim -> (String, Standing) in
                switch (claim.role, claim.root) {
                case (.inactive, _): (claim.object, .inactive)
                case (_, .failure(let failure)): (claim.object, .unusable(failure))
                case (.passive, _): (claim.object, .trusted)
                case (.active, _):
                    (
                        claim.object,
                        claim.object == usable?.object ? .signing : .superseded(by: usable?.object ?? "")
                    )
                }
            }, uniquingKeysWith: { first, _ in first })
        wish = TrustPlan.Wish(
            signing: claims.isEmpty ? implicit : signer.flatMap { try? $0.root.get() },
            passive: ordered.filter { $0.role == .passive }.compactMap { try? $0.root.get() })
    }
}
