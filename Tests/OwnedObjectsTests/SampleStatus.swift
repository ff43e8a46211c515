import MeshModel
import XDSCache

@testable import MeshStatus

/// Reports of objects in the states that matter.
struct SampleStatus {
    enum State {
        case programmed, pending, rejected, invalid, outside
    }

    var name: String
    var uid = "u"
    var kind = ObjectKind.trafficTarget

    func report(
        _ state: State, generation: Int64 = 1, proxies: String = "12/12", acknowledged: [Revision] = []
    ) -> StatusReport {
        Self.report([self], state, generation: generation, proxies: proxies, acknowledged: acknowledged)
    }

    static func report(
        _ objects: [SampleStatus], _ state: State, generation: Int64 = 1, proxies: String = "12/12",
        acknowledged: [Revision] = []
    ) -> StatusReport {
        StatusReport(
            revision: 1, objects: objects.map { $0.status(state, generation: generation, proxies: proxies) },
            proxies: acknowledged.enumerated().map { index, revision in
                let proxy = ProxyID(pod: ObjectName(namespace: "shop", name: "p\(index)"), uid: "p\(index)")
                return ProxyStatus(proxy, ProxyProgress(isConnected: revision > 0, acknowledged: revision))
            })
    }

    private func status(_ state: State, generation: Int64, proxies: String) -> ObjectStatus {
        func condition(
            _ type: Condition.Kind, _ status: Condition.Status, _ reason: Condition.Reason, _ message: String = "words"
        ) -> Condition {
            Condition(
                type, status, reason, message, observedGeneration: generation,
                lastTransitionTime: Timestamp(seconds: 1_790_000_000))
        }
        let good = [condition(.accepted, .yes, .accepted), condition(.resolvedRefs, .yes, .resolvedRefs)]
        let conditions =
            switch state {
            case .programmed:
                good + [condition(.programmed, .yes, .programmed, proxies), condition(.ready, .yes, .ready, proxies)]
            case .pending:
                good + [
                    condition(.programmed, .no, .pending), condition(.ready, .no, .pending),
                    condition(.reconciling, .yes, .pending),
                ]
            case .rejected:
                good + [
                    condition(.programmed, .no, .proxyRejected), condition(.ready, .no, .proxyRejected),
                    condition(.stalled, .yes, .proxyRejected),
                ]
            case .invalid:
                [
                    condition(.accepted, .no, .invalid), condition(.resolvedRefs, .unknown, .notAccepted),
                    condition(.programmed, .no, .notAccepted), condition(.ready, .no, .invalid),
                    condition(.stalled, .yes, .invalid),
                ]
            case .outside: [Condition.Kind.accepted, .programmed, .ready].map { condition($0, .no, .notInMesh) }
            }
        return ObjectStatus(
            ObjectKey(kind: kind, name: ObjectName(namespace: "shop", name: name)), uid: uid, generation: generation,
            summary: state == .outside ? [:] : ["proxies": proxies], conditions: conditions)
    }
}
