internal import Crypto
public import FoundationEssentials
public import MeshModel
public import Metrics
internal import Synchronization

/// Decides what certificate a connecting proxy gets.
///
/// It keeps no key: a proxy that lost its certificate gets a new one.
public final class WorkloadCertificates: Sendable {
    /// What a proxy gets.
    public enum Offer: Sendable {
        /// Nothing: what it has is good.
        case current
        /// A new certificate and its version.
        case issued(IssuedCertificate, version: String)
        /// A new one, which takes time: ask with ``fetch(for:as:now:)``.
        case elsewhere
    }

    /// What comes of asking somebody elsewhere.
    public enum Answer: Sendable {
        /// A new certificate and its version.
        case issued(IssuedCertificate, version: String)
        /// None now: why, and after what time to ask again.
        case unavailable(retryAfter: Duration, reason: String)
    }

    struct State {
        var signer: WorkloadSigner?
        var trustDomain: String
        var validity: Duration
        var algorithm: KeyAlgorithm
        var issued = 0
        /// Makes keys that take long.
        var slow: SlowIssuer?
        /// What the last certificate from elsewhere was valid for, where that is less than it was asked for.
        var shortened: Duration?
    }

    /// The shortest validity that is issued: renewal is looked at once a second.
    private static let leastValidity = Duration.seconds(5)
    /// The validity where the configuration gives none that can be read, as in the original.
    private static let defaultValidity = Duration.seconds(24 * 3600)

    let issuedCount: Counter
    let failedCount: Counter
    let issuedTime: Timer
    let state: Mutex<State>

    /// The certificates of an authority.
    ///
    /// - Parameters:
    ///   - authority: The root that signs at first; `nil` where it cannot be had: who has a certificate keeps it then, and
    ///     nobody gets one.
    ///   - trustDomain: The last part of the workloads' names.
    ///   - configuration: Says how long a certificate is valid, and of what algorithm its key is.
    ///   - metrics: Where issued certificates are counted and timed.
    public convenience init(
        authority: CertificateAuthority?, trustDomain: String,
        configuration: MeshConfig.Certificate = MeshConfig.Certificate(),
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.init(
            signer: authority.map { .authority($0) }, trustDomain: trustDomain, configuration: configuration,
            metrics: metrics)
    }

    /// The certificates of whoever signs.
    ///
    /// - Parameters:
    ///   - signer: Who signs at first; `nil` where nobody can: who has a certificate keeps it then, and nobody gets one.
    ///   - trustDomain: The last part of the workloads' names.
    ///   - configuration: Says how long a certificate is valid, and of what algorithm its key is.
    ///   - metrics: Where issued certificates are counted and timed.
    public init(
        signer: WorkloadSigner?, trustDomain: String,
        configuration: MeshConfig.Certificate = MeshConfig.Certificate(),
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        issuedCount = Counter(label: "osm_cert_issued_count", factory: metrics)
        failedCount = Counter(label: "osm_cert_failed_total", factory: metrics)
        issuedTime = Timer(label: "osm_cert_issued_time", factory: metrics)
        state = Mutex(
            State(
                signer: signer, trustDomain: trustDomain, validity: Self.validity(in: configuration),
                algorithm: KeyAlgorithm(configuration)))
    }

    /// The identifier of the root that signs; empty if none can.
    public var signer: String { state.withLock { $0.signer?.id ?? "" } }

    /// What tells the certificates that are issued now from others: when it changes, every proxy needs a new one.
    public var series: String {
        state.withLock { state in
            guard let signer = state.signer else { return "" }
            return "\(signer.id) \(state.trustDomain)\(signer.hasURI ? "" : " DNS")"
        }
    }

    /// The last part of the names in what is issued.
    public var trustDomain: String { state.withLock(\.trustDomain) }

    /// Lets another root sign from the next decision on, in a trust domain of its own if one is given.
    public func sign(with authority: CertificateAuthority, trustDomain: String? = nil) {
        sign(with: .authority(authority), trustDomain: trustDomain)
    }

    /// Lets another one sign from the next decision on, in a trust domain of its own if one is given.
    public func sign(with signer: WorkloadSigner, trustDomain: String? = nil) {
        state.withLock { state in
            (state.signer, state.slow, state.shortened) = (signer, nil, nil)
            if let trustDomain { state.trustDomain = trustDomain }
        }
    }

    /// The root that signed what has a version; `nil` if the version is none of ours.
    public static func signer(ofVersion version: String) -> String? { CertificateVersion(version)?.issuer }

    /// How many certificates were issued.
    public var issued: Int { state.withLock { $0.issued } }

    /// Takes up an edit of the configuration; it holds for what is issued next.
    public func configure(_ configuration: MeshConfig.Certificate) {
        let (validity, algorithm) = (Self.validity(in: configuration), KeyAlgorithm(configuration))
        state.withLock { state in
            if state.algorithm != algorithm { state.slow = nil }
            if state.validity != validity { state.shortened = nil }
            (state.validity, state.algorithm) = (validity, algorithm)
        }
    }

    /// What a proxy of an identity gets.
    ///
    /// The version that it has is good if the root that signs now signed it, it has the same names, and more than a third of its
    /// validity remains; or if the root itself ends with it, since a new one would not last longer.
    ///
    /// - Parameters:
    ///   - identity: Who the proxy has proved to be.
    ///   - currentVersion: The version that it says it has; `nil` if it has none.
    ///   - now: The time.
    /// - Throws: `CertificateAuthorityError` with the code `name`, `validity` or `issuing`.
    public func secret(for identity: ServiceIdentity, currentVersion: String?, now: Date) throws -> Offer {
        do {
            return try offer(for: identity, currentVersion: currentVersion, now: now)
        } catch {
            failedCount.increment()
            throw error
        }
    }

    private func offer(for identity: ServiceIdentity, currentVersion: String?, now: Date) throws -> Offer {
        let state = state.withLock(\.self)
        let names = try WorkloadNames(identity, trustDomain: state.trustDomain)
        guard let signer = state.signer else {
            let held = currentVersion.flatMap { CertificateVersion($0) }?.notAfter ?? 0
            if TimeInterval(held) > now.timeIntervalSince1970 { return .current }
            throw CertificateAuthorityError(.root, "the root that signs cannot be had: see the controller's log")
        }
        let digest = names.digest(hasURI: signer.hasURI)
        if let version = currentVersion.flatMap({ CertificateVersion($0) }), version.issuer == signer.id,
            version.names == digest, isGood(version, signer, validity: state.validity, now: now)
        {
            return .current
        }
        guard case .authority(let authority) = signer, state.algorithm.isQuick else { return .elsewhere }
        let start = ContinuousClock.now
        let certificate = try authority.issueWorkload(
            identity: identity, trustDomain: state.trustDomain, validity: state.validity, now: now)
        count(start)
        return .issued(certificate, version: Self.version(of: certificate, signer, digest, now: now))
    }

    /// Counts what was issued.
    func count(_ start: ContinuousClock.Instant) {
        issuedTime.record(duration: start.duration(to: .now))
        issuedCount.increment()
        state.withLock { $0.issued += 1 }
    }

    static func version(
        of certificate: IssuedCertificate, _ signer: WorkloadSigner, _ names: String, now: Date
    ) -> String {
        CertificateVersion(
            issuer: signer.id, notAfter: certificate.notAfter, names: names,
            validity: max(1, Int64(certificate.notAfter.timeIntervalSince(now).rounded(.up)))
        ).description
    }

    /// When a proxy that stays connected must ask again for its certificate.
    ///
    /// A third of the validity remains then, less up to a fourth of that third, fixed for each proxy, so that proxies
    /// that started together do not renew together. At that time ``secret(for:currentVersion:now:)`` issues a new one.
    ///
    /// - Parameters:
    ///   - version: The version that the proxy has.
    ///   - proxy: What tells proxies apart, such as the pod's uid.
    /// - Returns: `nil` if the root that signs now did not sign it: ask at once.
    public func renewal(ofVersion version: String, proxy: String) -> Date? {
        let (signing, validity) = state.withLock { ($0.signer, $0.validity) }
        guard let version = CertificateVersion(version) else { return nil }
        guard let signer = signing else { return Date(timeIntervalSince1970: TimeInterval(version.notAfter)) }
        guard version.issuer == signer.id else { return nil }
        guard version.notAfter < signer.lastEnd else { return signer.notAfter }
        let third = Self.third(of: version, configured: validity)
        // From 0 to 255 parts of 1024, by the proxy.
        let jitter = third * Double(Array(SHA256.hash(data: Array(proxy.utf8)))[0]) / 1024
        return Date(timeIntervalSince1970: TimeInterval(version.notAfter) - third + jitter)
    }

    private func isGood(
        _ version: CertificateVersion, _ signer: WorkloadSigner, validity: Duration, now: Date
    ) -> Bool {
        let remaining = Double(version.notAfter) - now.timeIntervalSince1970
        guard remaining > 0 else { return false }
        return remaining > Self.third(of: version, configured: validity)
            || version.notAfter >= signer.lastEnd
    }

    /// A third of the time for which a certificate was issued, in seconds.
    private static func third(of version: CertificateVersion, configured: Duration) -> Double {
        Double(version.validity ?? configured.components.seconds) / 3
    }

    private static func validity(in configuration: MeshConfig.Certificate) -> Duration {
        guard let configured = GoDuration(configuration.serviceCertValidityDuration)?.duration, configured > .zero
        else { return defaultValidity }
        return max(configured, leastValidity)
    }
}
