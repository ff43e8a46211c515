public import CertificateAuthority
public import FoundationEssentials
public import MeshModel
internal import Synchronization

/// What is known of the gateway's certificate, for whoever moves the roots on and whoever watches.
///
/// Nobody acknowledges a Secret: gateways that watch theirs have ``patience`` to take up new roots before the Secret counts
/// as having them.
public final class GatewayHolding: Sendable {
    /// How long a gateway has to take up what is in its Secret.
    public static let patience: TimeInterval = 15

    /// The certificate in the Secret.
    public struct Held: Equatable, Sendable {
        /// The Secret.
        public var secret: ObjectName
        /// Until when the certificate is valid.
        public var notAfter: Date
        /// The root that signed it; empty if it is none that is trusted.
        var issuer: String
        /// The epoch of the roots in it.
        var epoch: Int64
        /// Since when it has them.
        var since: Date
        /// When this replica saw it with them for the first time.
        var seen: Date
    }

    private struct State {
        var isKnown = false
        var held: Held?
    }

    private let state = Mutex(State())

    /// Of a certificate that nobody has looked for.
    public init() {}

    /// The certificate; `nil` if there is none, or this replica does not look.
    public var held: Held? { state.withLock(\.held) }

    /// Who takes part in a rotation because of the gateway, one or none; `nil` as long as nobody has looked.
    ///
    /// A certificate that has ended keeps nothing from going on: nobody accepts it any more.
    public func participants(at now: Date) -> [TrustObservation.Participant]? {
        state.withLock { state in
            guard state.isKnown else { return nil }
            guard let held = state.held, held.notAfter > now else { return [] }
            let isTaken = now >= min(held.since, held.seen).addingTimeInterval(Self.patience)
            return [
                .init(name: "Secret \(held.secret)", epoch: isTaken ? held.epoch : held.epoch - 1, issuer: held.issuer)
            ]
        }
    }

    /// It was looked for.
    func know(_ held: Held?) {
        state.withLock { state in
            let former = state.held
            state = State(isKnown: true, held: held)
            if let former, former.epoch == held?.epoch { state.held?.seen = former.seen }
        }
    }

    /// It cannot be looked for: what was known before holds.
    func knowNoMore() { state.withLock { $0.isKnown = true } }

    /// This replica looks no more.
    func forget() { state.withLock { $0 = State() } }
}
