public import CertificateAuthority
public import FoundationEssentials
public import MeshModel
public import MeshStatus

/// What there is to say about a MeshRootCertificate.
public struct RootStatus: Sendable {
    /// How far the mesh is.
    public struct Standing: Sendable {
        /// What is trusted, and who signs.
        public var state: TrustState
        /// What is under way.
        public var decision: TrustPlan.Decision
        /// How many pods count.
        public var pods: Int
        /// Whether an ingress gateway has a certificate.
        public var hasGateway: Bool

        /// How far the mesh is.
        public init(state: TrustState, decision: TrustPlan.Decision, pods: Int, hasGateway: Bool = false) {
            self.hasGateway = hasGateway
            self.state = state
            self.decision = decision
            self.pods = pods
        }
    }

    /// The object's name, uid and generation.
    public var metadata: ObjectMetadata
    /// Who issues, as in `kubectl get`; empty where that is not known.
    public var issuer: String
    /// What the object asks for.
    public var claim: RootClaims.Claim
    /// What becomes of it.
    public var standing: RootClaims.Standing
    /// Until when its root is valid, as RFC 3339 writes it; empty where it has none.
    public var notAfter: String
    /// From when and until when that is; `nil` where it has none.
    public var life: ClosedRange<Date>?
    /// What is wrong with its issuer, where its root signs; `nil` if nothing is.
    public var trouble: IssuerTrouble?
    /// What is to know though nothing is wrong; empty for nothing.
    public var remark: String

    /// What there is to say.
    public init(
        metadata: ObjectMetadata, issuer: String, claim: RootClaims.Claim, standing: RootClaims.Standing,
        notAfter: String, life: ClosedRange<Date>? = nil, trouble: IssuerTrouble? = nil, remark: String = ""
    ) {
        self.metadata = metadata
        self.issuer = issuer
        self.claim = claim
        self.standing = standing
        self.notAfter = notAfter
        self.life = life
        self.trouble = trouble
        self.remark = remark
    }

    private typealias Verdict = (Condition.Status, Condition.Reason, String)

    /// The status, with the times of what has not changed.
    ///
    /// - Parameter mesh: How far the mesh is; `nil` as long as it cannot begin, since no root can sign.
    func status(_ mesh: Standing?, former: KnownStatus, now: Timestamp) -> KnownStatus {
        let (accepted, resolved) = (acceptance, resolution)
        var programmed =
            accepted.0 == .yes && resolved.0 == .yes
            ? effect(mesh) : notInEffect(accepted, resolved, hasBegun: mesh != nil)
        if let expiry = expiry(at: Date(timeIntervalSince1970: TimeInterval(now.seconds))), expiry != .third {
            programmed.2 += "; \(expiry.message(notAfter: notAfter))"
        }
        let isGood = [accepted, resolved, programmed].allSatisfy { $0.0 == .yes }
        var list: [(Condition.Kind, Verdict)] = [
            (.accepted, accepted), (.resolvedRefs, resolved), (.programmed, programmed),
            (.ready, isGood ? readiness(programmed.2) : (.no, programmed.1, programmed.2)),
        ]
        if case .unusable(let failure) = standing, ![.asking, .unreachable].contains(failure.code) {
            list.append((.stalled, (.yes, programmed.1, programmed.2)))
        } else if programmed.0 == .no {
            list.append((.reconciling, (.yes, programmed.1, programmed.2)))
        }
        if let mesh, let rollout = rollout(mesh) { list.append((rollout.0, (.yes, rollout.1, programmed.2))) }
        let generation = metadata.generation
        // Of one with a mistake it is not known what it is meant to do.
        var summary = accepted.0 == .yes ? ["role": claim.role.rawValue] : [:]
        if !issuer.isEmpty { summary["issuer"] = issuer }
        if let root = try? claim.root.get() { summary["trustDomain"] = root.trustDomain }
        if !notAfter.isEmpty { summary["notAfter"] = notAfter }
        if let mesh, let distributed = distributed(mesh) { summary["distributed"] = distributed }
        return KnownStatus(
            uid: metadata.uid, observedGeneration: generation,
            conditions: list.map { kind, verdict in
                let condition = Condition(
                    kind, verdict.0, verdict.1, verdict.2, observedGeneration: generation, lastTransitionTime: now)
                guard let old = former[kind], old.status == verdict.0 else { return condition }
                return condition.since(old.lastTransitionTime)
            }, summary: summary, components: mesh.map(components) ?? [:])
    }

    /// How soon the root ends, if it is soon and does something.
    func expiry(at now: Date) -> RootExpiry? {
        switch standing {
        case .signing, .trusted: life.flatMap { RootExpiry($0, at: now) }
        case .superseded, .inactive, .unusable: nil
        }
    }

    private var acceptance: Verdict {
        if case .unusable(let failure) = standing, failure.code == .configuration {
            return (.no, .invalid, failure.message)
        }
        return (.yes, .accepted, "valid")
    }

    private var resolution: Verdict {
        if case .unusable(let failure) = standing, failure.code != .configuration {
            return (.no, Self.reason(failure), failure.message)
        }
        return (.yes, .resolvedRefs, "its root can be used")
    }

    private static func reason(_ failure: IssuerFailure) -> Condition.Reason {
        switch failure.code {
        case .asking: .pending
        case .unreachable: .issuerUnavailable
        default: .refNotUsable
        }
    }

    private func notInEffect(_ accepted: Verdict, _ resolved: Verdict, hasBegun: Bool) -> Verdict {
        let cause = accepted.0 == .yes ? resolved : accepted
        return (
            .no, cause.1, "\(cause.2); \(hasBegun ? "what is in force stays" : "the mesh waits for a root that signs")"
        )
    }

    /// Whether it is ready, where everything that it asks for is in effect.
    private func readiness(_ effect: String) -> Verdict {
        if let trouble { return (.no, .issuerUnavailable, trouble.message) }
        return (.yes, .ready, effect)
    }

    private func effect(_ mesh: Standing?) -> Verdict {
        guard let mesh else { return (.no, .pending, "the mesh waits for a root that signs") }
        let root = try? claim.root.get()
        switch standing {
        case .superseded(let other):
            return (.no, .superseded, "\(other), which is younger, has its root sign; delete this object")
        case .inactive:
            let isTrusted = mesh.state.roots.contains { $0.object == metadata.name }
            return isTrusted
                ? (.no, .pending, "its root is let go: \(missing(mesh))")
                : (.yes, .inactive, "as asked: it has no effect")
        case .trusted:
            let isTrusted = root.map { mesh.state[$0.id] != nil } ?? false
            guard isTrusted, mesh.decision.step == .settled else {
                return (.no, .pending, "trusted by \(missing(mesh))")
            }
            return (.yes, .programmed, "trusted by \(count(mesh))")
        case .signing:
            guard root.map({ $0.id == mesh.state.signing }) == true else {
                return (.no, .distributing, "step 1 of 3: the root is made known to \(missing(mesh))")
            }
            switch mesh.decision.step {
            case .settled:
                let remark = remark.isEmpty ? "" : "; \(remark)"
                return (.yes, .programmed, "signs the certificates of \(count(mesh))\(remark)")
            case .reissuing: return (.no, .reissuing, "step 2 of 3: signs the certificates of \(missing(mesh))")
            case .distributing:
                return (.no, .distributing, "step 3 of 3: the former root is let go by \(missing(mesh))")
            }
        case .unusable(let failure): return (.no, Self.reason(failure), failure.message)
        }
    }

    private func distributed(_ mesh: Standing) -> String? {
        switch standing {
        case .signing, .trusted: "\(max(0, mesh.pods - mesh.decision.pods.count))/\(mesh.pods)"
        case .superseded, .inactive, .unusable: nil
        }
    }

    private func count(_ mesh: Standing) -> String { "\(mesh.pods)/\(mesh.pods) proxies" }

    private func missing(_ mesh: Standing) -> String {
        let (pods, others) = (mesh.decision.pods, mesh.decision.participants)
        let count = "\(max(0, mesh.pods - pods.count))/\(mesh.pods) proxies"
        guard !pods.isEmpty || !others.isEmpty else { return count }
        let named =
            (pods.prefix(3) + (pods.count > 3 ? ["\(pods.count - 3) more"] : []))
            + others.prefix(3).map { $0.hasPrefix("Secret ") ? $0 : "replica \($0)" }
        return "\(count), waiting for \(named.joined(separator: ", "))"
    }
}

extension Condition.Reason {
    /// A younger object has taken its place.
    public static let superseded = Condition.Reason(rawValue: "Superseded")
    /// Its root is on its way to the pods, or its predecessor's away from them.
    public static let distributing = Condition.Reason(rawValue: "Distributing")
    /// Pods get certificates of its root.
    public static let reissuing = Condition.Reason(rawValue: "Reissuing")
    /// Its issuer, who is elsewhere, gives no certificates.
    public static let issuerUnavailable = Condition.Reason(rawValue: "IssuerUnavailable")
    /// It asks for nothing.
    public static let inactive = Condition.Reason(rawValue: "Inactive")
}
