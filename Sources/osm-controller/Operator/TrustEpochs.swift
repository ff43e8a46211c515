import CertificateAuthority
import XDSCache

/// Which revision of the cache put each epoch of the roots into effect on this replica: pods acknowledge revisions.
struct TrustEpochs {
    private var known: [(epoch: Int64, revision: Revision)] = []
    /// So many are remembered: pods that are further behind have acknowledged none of them.
    private static let limit = 16

    /// The last epoch that is in effect here; 0 for none.
    var latest: Int64 { known.last?.epoch ?? 0 }

    /// An epoch is in effect since a revision.
    mutating func published(_ epoch: Int64, at revision: Revision) {
        known.removeAll { $0.epoch >= epoch }
        known.append((epoch, revision))
        if known.count > Self.limit { known.removeFirst() }
    }

    /// What a pod that is served here trusts; `nil` for one that is served elsewhere, and whose replica does not tell.
    func trust(of progress: ProxyProgress) -> ProxyTrust? {
        if progress.isElsewhere { return progress.trustElsewhere }
        // One that waits for its first certificate speaks with nobody until it comes, and has the roots before: else it would
        // hold up a change that is to give it one.
        //
        // A secret that it refuses is none that it trusts.
        let isRefusing = progress.refusals.contains { $0.key.name.type == .secret }
        let epoch = isRefusing ? nil : known.last { $0.revision <= progress.trusting }?.epoch
        return ProxyTrust(
            epoch: progress.isConnected ? epoch ?? 0 : 0,
            issuer: progress.workloadVersion.map { WorkloadCertificates.signer(ofVersion: $0) ?? "unknown" })
    }
}
