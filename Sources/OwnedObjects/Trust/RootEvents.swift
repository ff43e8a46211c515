internal import CertificateAuthority
internal import FoundationEssentials
internal import MeshModel
internal import MeshStatus

/// What happens to MeshRootCertificates, for whoever reads `kubectl describe`.
///
/// Steps are told by what the statuses in the cluster say, so none is told twice; what this process remembers is told at most
/// once again by the leader after it, and counts up the same event.
struct RootEvents {
    typealias Told = (event: ObjectEvent, about: ObjectMetadata)

    /// The objects of what was trusted, by the root; `nil` before the first look.
    private var trusted: [String: String]?
    private var expiries: [String: RootExpiry] = [:]

    /// What a change of a status is worth telling.
    static func telling(_ former: KnownStatus, _ status: KnownStatus) -> ObjectEvent? {
        guard let programmed = status[.programmed] else { return nil }
        let (wasAway, isAway) = (
            former[.ready]?.reason == .issuerUnavailable, status[.ready]?.reason == .issuerUnavailable
        )
        if wasAway != isAway {
            return isAway
                ? ObjectEvent(.warning, reason: "IssuerUnavailable", message: status[.ready]?.message ?? "")
                : ObjectEvent(.normal, reason: "IssuerBack", message: "its issuer answers again")
        }
        let old = former[.programmed]
        guard old?.reason != programmed.reason || old?.status != programmed.status else { return nil }
        switch programmed.reason {
        case .distributing where old?.reason == .reissuing:
            return ObjectEvent(.normal, reason: "RootAlone", message: "every pod has a certificate of its root")
        case .distributing:
            return ObjectEvent(.normal, reason: "RootDistributing", message: "its root is made known to every pod")
        case .reissuing:
            return ObjectEvent(.normal, reason: "RootSigning", message: "its root signs: pods get certificates of it")
        case .superseded:
            return ObjectEvent(.normal, reason: "RootSuperseded", message: programmed.message)
        case .programmed:
            return ObjectEvent(.normal, reason: "RootInEffect", message: "its root is in effect on every pod")
        case .invalid, .refNotUsable:
            return ObjectEvent(.warning, reason: "RootNotUsable", message: programmed.message)
        default: return nil
        }
    }

    /// What is worth telling of roots that go, and of those that end soon.
    mutating func telling(_ state: TrustState, _ objects: [RootStatus], now: Date) -> [Told] {
        var told: [Told] = []
        let present = Dictionary(state.roots.map { ($0.id, $0.object) }) { first, _ in first }
        for (id, name) in (trusted ?? [:]).sorted(by: { $0.key < $1.key }) where present[id] == nil {
            guard let object = objects.first(where: { $0.metadata.name == name }) else { continue }
            told.append(
                (
                    ObjectEvent(.normal, reason: "RootRemoved", message: "no pod trusts the root \(id) any more"),
                    object.metadata
                ))
        }
        trusted = present
        for object in objects {
            let (uid, expiry) = (object.metadata.uid, object.expiry(at: now))
            defer { expiries[uid] = expiry }
            guard let expiry, expiries[uid].map({ $0 < expiry }) ?? true else { continue }
            told.append(
                (
                    ObjectEvent(
                        expiry == .third ? .normal : .warning, reason: "RootExpiring",
                        message: expiry.message(notAfter: object.notAfter)), object.metadata
                ))
        }
        return told
    }
}
