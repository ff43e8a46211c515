public import FoundationEssentials
public import MeshModel
internal import Synchronization

/// The certificate of the control plane's own servers, made anew before it ends.
///
/// A connection has the one that was current when it began: a new one disturbs none that is open. While the root is
/// replaced there are two, one of each root.
public final class ServingCertificate: Sendable {
    /// How long one is valid if nothing else is said; each start makes a new one.
    public static let usualValidity = Duration.seconds(24 * 3600)
    /// The longest sleep: a clock that is set while the process sleeps is noticed within this time.
    private static let longestSleep = Duration.seconds(60)

    private struct Chain {
        var authority: CertificateAuthority
        var certificate: IssuedCertificate

        var shown: Shown { Shown(root: authority.identifier, certificate: certificate) }
    }

    private struct State {
        var current: Chain
        var former: Chain?
    }

    private let dnsNames: [String]
    private let addresses: [IPAddress]
    private let validity: Duration
    private let now: @Sendable () -> Date
    private let onRenewal: @Sendable (IssuedCertificate) -> Void
    private let onFailure: @Sendable (any Error) -> Void
    private let state: Mutex<State>

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
        self.dnsNames = dnsNames
        self.addresses = addresses
        self.validity = validity
        self.now = now
        self.onRenewal = onRenewal
        self.onFailure = onFailure
        let first = try authority.issueServer(
            dnsNames: dnsNames, addresses: addresses, validity: validity, now: now())
        state = Mutex(State(current: Chain(authority: authority, certificate: first)))
    }

    /// What the servers show to who connects now.
    public var certificate: IssuedCertificate { state.withLock(\.current.certificate) }

    /// The identifier of the root that signed it.
    public var root: String { state.withLock(\.current.authority.identifier) }

    /// A certificate, and the identifier of the root that signed it.
    public struct Shown: Sendable {
        /// The root.
        public let root: String
        /// The certificate.
        public let certificate: IssuedCertificate
    }

    /// What the servers show, and what they showed before the root was replaced, where somebody may need it.
    public var shown: (current: Shown, former: Shown?) {
        state.withLock { state in
            (state.current.shown, state.former?.shown)
        }
    }

    /// Shows a certificate of another root from now on.
    ///
    /// - Parameters:
    ///   - authority: The root that signs.
    ///   - former: A root of which there is to be a certificate, too; `nil` for none.
    /// - Throws: `CertificateAuthorityError`: what is shown stays.
    public func show(_ authority: CertificateAuthority, former: CertificateAuthority?) throws {
        let known = state.withLock { [$0.current] + [$0.former].compactMap { $0 } }
        func chain(of authority: CertificateAuthority) throws -> Chain {
            if let chain = known.first(where: { $0.authority.identifier == authority.identifier }) { return chain }
            return Chain(authority: authority, certificate: try issue(authority))
        }
        let next = State(
            current: try chain(of: authority),
            // One that has ended is of no use to anybody.
            former: former.flatMap { try? chain(of: $0) })
        state.withLock { $0 = next }
    }

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

    /// When the first of the certificates must be made anew.
    private var renewal: Date {
        let state = state.withLock { $0 }
        return ([state.current] + [state.former].compactMap { $0 }).map(renewal).min() ?? .distantFuture
    }

    /// When a third of the validity remains; the root's own end, if that is what limits it.
    private func renewal(_ chain: Chain) -> Date {
        let certificate = chain.certificate
        if certificate.notAfter >= chain.authority.notAfter { return chain.authority.notAfter }
        let third = Double(validity.components.seconds) / 3
        return certificate.notAfter.addingTimeInterval(-third)
    }

    private func renew() throws {
        let now = now()
        let held = state.withLock { $0 }
        if let former = held.former, renewal(former) <= now {
            let next = try? issue(former.authority)
            state.withLock { state in
                guard state.former?.authority.identifier == former.authority.identifier else { return }
                state.former = next.map { Chain(authority: former.authority, certificate: $0) }
            }
        }
        guard renewal(held.current) <= now else { return }
        let next = try issue(held.current.authority)
        let isShown = state.withLock { state in
            guard state.current.authority.identifier == held.current.authority.identifier else { return false }
            state.current.certificate = next
            return true
        }
        if isShown { onRenewal(next) }
    }

    private func issue(_ authority: CertificateAuthority) throws -> IssuedCertificate {
        try authority.issueServer(dnsNames: dnsNames, addresses: addresses, validity: validity, now: now())
    }
}

extension ServingCertificate: CustomStringConvertible, CustomReflectable {
    /// What logs of the process call it; nothing of its key.
    public var description: String { "serving certificate" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
