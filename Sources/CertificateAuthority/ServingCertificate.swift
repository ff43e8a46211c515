public import FoundationEssentials
public import MeshModel
internal import Synchronization

/// The certificate of the control plane's own servers, made anew before it ends.
///
/// A connection has the one that was current when it began: a new one disturbs none that is open.
public final class ServingCertificate: Sendable {
    /// How long one is valid if nothing else is said; each start makes a new one.
    public static let usualValidity = Duration.seconds(24 * 3600)
    /// The longest sleep: a clock that is set while the process sleeps is noticed within this time.
    private static let longestSleep = Duration.seconds(60)

    private let authority: CertificateAuthority
    private let dnsNames: [String]
    private let addresses: [IPAddress]
    private let validity: Duration
    private let now: @Sendable () -> Date
    private let onRenewal: @Sendable (IssuedCertificate) -> Void
    private let onFailure: @Sendable (any Error) -> Void
    private let current: Mutex<IssuedCertificate>

    /// A first certificate.
    ///
    /// - Parameters:
    ///   - authority: The root that signs.
    ///   - dnsNames: The servers' names, each `<service>.<namespace>.svc`.
    ///   - addresses: Addresses of this host by which they are reached too.
    ///   - validity: How long each certificate is valid; after two thirds of it there is a new one.
    ///   - now: The clock.
    ///   - onRenewal: Called with each certificate after the first.
    ///   - onFailure: Called where there should be a new one and it cannot be made; it is tried again.
    /// - Throws: `CertificateAuthorityError`.
    public init(
        _ authority: CertificateAuthority, dnsNames: [String], addresses: [IPAddress] = [],
        validity: Duration = ServingCertificate.usualValidity, now: @escaping @Sendable () -> Date = { Date() },
        onRenewal: @escaping @Sendable (IssuedCertificate) -> Void = { _ in },
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) throws {
        self.authority = authority
        self.dnsNames = dnsNames
        self.addresses = addresses
        self.validity = validity
        self.now = now
        self.onRenewal = onRenewal
        self.onFailure = onFailure
        current = Mutex(
            try authority.issueServer(dnsNames: dnsNames, addresses: addresses, validity: validity, now: now()))
    }

    /// What the servers show to who connects now.
    public var certificate: IssuedCertificate { current.withLock { $0 } }

    /// Makes new certificates in time, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let wait = Duration.seconds(renewal.timeIntervalSince(now()))
            guard wait <= .zero else {
                try? await Task.sleep(for: min(wait, Self.longestSleep))
                continue
            }
            do {
                try renew()
            } catch {
                onFailure(error)
                try? await Task.sleep(for: min(validity / 10, Self.longestSleep))
            }
        }
    }

    /// When a third of the validity remains; the root's own end, if that is what limits it.
    private var renewal: Date {
        let certificate = certificate
        if certificate.notAfter >= authority.notAfter { return authority.notAfter }
        let third = Double(validity.components.seconds) / 3
        return certificate.notAfter.addingTimeInterval(-third)
    }

    private func renew() throws {
        let next = try authority.issueServer(
            dnsNames: dnsNames, addresses: addresses, validity: validity, now: now())
        current.withLock { $0 = next }
        onRenewal(next)
    }
}

extension ServingCertificate: CustomStringConvertible, CustomReflectable {
    /// What logs of the process call it; nothing of its key.
    public var description: String { "serving certificate" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
