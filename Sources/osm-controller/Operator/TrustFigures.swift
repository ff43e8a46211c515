import CertificateAuthority
import FoundationEssentials
import MeshModel
import Metrics
import Observability
import OwnedObjects
import Synchronization
import XDSCache

/// How much time the certificates of the mesh have, and how far a rotation is, for those who watch: as of each scrape.
final class TrustFigures: Sendable {
    /// A certificate that is told of.
    private struct Subject: Hashable {
        let kind: String
        let name: String
        let id: String
    }

    private let trust: ClusterTrust
    private let gateway: GatewayHolding
    private let cache: SnapshotCache
    private let registry: PrometheusRegistry
    private let gauges = Mutex<[Subject: Gauge]>([:])
    private let proxies = Mutex<Gauge?>(nil)

    init(trust: ClusterTrust, gateway: GatewayHolding, cache: SnapshotCache, into registry: PrometheusRegistry) {
        self.trust = trust
        self.gateway = gateway
        self.cache = cache
        self.registry = registry
    }

    /// Records all of them.
    ///
    /// - Parameter controlPlane: Until when the control plane's own roots are valid, by identifier.
    func record(controlPlane: [String: Date], now: Date = Date()) {
        var ends: [Subject: Date] = [:]
        for root in trust.current.roots {
            ends[Subject(kind: "root", name: root.object, id: root.id)] = root.life?.upperBound
        }
        for (id, end) in controlPlane {
            ends[Subject(kind: "control-plane", name: ServerRootStore.name, id: id)] = end
        }
        if let held = gateway.held {
            ends[Subject(kind: "gateway", name: held.secret.description, id: "")] = held.notAfter
        }
        gauges.withLock { gauges in
            // What is gone has no time any more.
            for (subject, gauge) in gauges where ends[subject] == nil {
                gauge.destroy()
                gauges[subject] = nil
            }
            for (subject, end) in ends {
                let gauge =
                    gauges[subject]
                    ?? Gauge(
                        label: "osm_cert_expiry_seconds",
                        dimensions: [("kind", subject.kind), ("name", subject.name), ("id", subject.id)],
                        factory: registry)
                gauges[subject] = gauge
                gauge.record(end.timeIntervalSince(now).rounded())
            }
        }
        recordProxies(now)
        Gauge(label: "osm_trust_epoch", factory: registry).record(trust.epochInEffect)
        Gauge(label: "osm_trust_waiting_pods", factory: registry).record(trust.waitingPods)
        let issuer = trust.issuer
        Gauge(label: "osm_issuer_up", factory: registry).record(issuer?.isUp ?? true ? 1 : 0)
        Gauge(label: "osm_cert_waiting_proxies", factory: registry).record(issuer?.waiting ?? 0)
    }

    private func recordProxies(_ now: Date) {
        let first = cache.progress().values.compactMap { progress in
            progress.workloadVersion.flatMap { WorkloadCertificates.notAfter(ofVersion: $0) }
        }.min()
        proxies.withLock { gauge in
            guard let first else {
                gauge?.destroy()
                gauge = nil
                return
            }
            let known = gauge ?? Gauge(label: "osm_proxy_cert_expiry_seconds", factory: registry)
            known.record(first.timeIntervalSince(now).rounded())
            gauge = known
        }
    }
}
