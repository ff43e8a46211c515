import CertificateAuthority
import CertificateIssuers
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects
import ServiceLifecycle
import Synchronization

/// The issuers elsewhere that this replica asks: one client for each, with the gate that all its proxies share.
///
/// Nothing here waits but the service itself and ``learn(_:)``: who looks once a second is told what is known now.
final class ExternalIssuers: ServiceLifecycle.Service {
    /// Whom is asked, for names in which trust domain.
    struct Key: Hashable, Sendable {
        var source: TrustState.Source
        var trustDomain: String
    }

    /// An object whose root is to be known.
    ///
    /// A second object learns anew, since its issuer may have another root by then.
    struct Claim: Hashable, Sendable {
        var uid: String
        var key: Key
    }

    /// How often things are done.
    struct Timing: Sendable {
        /// How often the issuer that signs is asked though nobody needs a certificate, to find out that it cannot.
        var probing = Duration.seconds(300)
        /// How long a client is kept that nobody uses.
        var idle = Duration.seconds(60)
    }

    enum Job: Sendable {
        case learn(Claim)
        case tend(Key)
        case probe(TrustState.Root)
    }

    private enum Learned {
        case asking(former: IssuerFailure?)
        case known(IssuerRoot)
        case failed(IssuerFailure, until: ContinuousClock.Instant)
    }

    private struct State {
        var clients: [Key: IssuerClient] = [:]
        var learned: [Claim: (what: Learned, used: ContinuousClock.Instant)] = [:]
        /// Who signs now: its client is kept, whether or not somebody asks for it.
        var signing: Key?
    }

    private let client: KubernetesClient
    private let namespace: String
    private let timing: Timing
    private let logger: Logger
    private let state = Mutex(State())
    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation

    /// None yet.
    ///
    /// - Parameter namespace: The controller's.
    init(_ client: KubernetesClient, namespace: String, timing: Timing = Timing(), logger: Logger) {
        self.client = client
        self.namespace = namespace
        self.timing = timing
        self.logger = logger
        (jobs, queue) = AsyncStream.makeStream()
    }

    /// Asks whom there is to ask, until the process shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.clean() }
                for await job in self.jobs { group.addTask { await self.perform(job) } }
            }
        }
        for client in state.withLock({ Array($0.clients.values) }) { await client.vault?.shutdown() }
    }

    /// Who signs with a root, from now on.
    ///
    /// - Throws: `IssuerFailure` where it cannot be asked, or its root is not valid.
    func signer(of root: TrustState.Root) throws(IssuerFailure) -> WorkloadSigner {
        let key = Key(root)
        let certificate = try IssuerRoot(pem: root.pem, now: Date())
        _ = try client(for: key)
        let gate = state.withLock { state in
            state.signing = key
            return state.clients[key]?.gate(under: root.id)
        }
        guard let gate else { throw IssuerFailure(.unreachable, "\(root.source.name) is not in use any more") }
        return .issuer(gate, root: certificate, hasURI: root.source.hasURI)
    }

    /// The root that an issuer has for an object, as far as it is known now; else it is asked, by and by.
    ///
    /// - Throws: `IssuerFailure`, with the code `asking` before the first answer.
    func root(for claim: Claim) throws(IssuerFailure) -> IssuerRoot {
        let now = ContinuousClock.now
        let (result, isDue) = state.withLock { state -> (Result<IssuerRoot, IssuerFailure>, Bool) in
            let (answer, next): (Result<IssuerRoot, IssuerFailure>, Learned)
            var isDue = false
            switch state.learned[claim]?.what {
            case .known(let root)?: (answer, next) = (.success(root), .known(root))
            case .asking(let former)?:
                (answer, next) = (.failure(former ?? Self.asking(claim)), .asking(former: former))
            case .failed(let failure, let until)?:
                isDue = until <= now
                (answer, next) = (.failure(failure), isDue ? .asking(former: failure) : .failed(failure, until: until))
            case nil:
                isDue = true
                (answer, next) = (.failure(Self.asking(claim)), .asking(former: nil))
            }
            state.learned[claim] = (next, now)
            return (answer, isDue)
        }
        if isDue { queue.yield(.learn(claim)) }
        return try result.get()
    }

    /// Asks an issuer for its root, and waits for the answer.
    ///
    /// - Throws: `IssuerFailure`.
    @discardableResult
    func learn(_ claim: Claim) async throws(IssuerFailure) -> IssuerRoot {
        do throws(IssuerFailure) {
            let root = try await client(for: claim.key).learning.root()
            state.withLock { $0.learned[claim] = (.known(root), .now) }
            return root
        } catch {
            let until = ContinuousClock.now + (error.retryAfter ?? .seconds(5))
            state.withLock { $0.learned[claim] = (.failed(error, until: until), .now) }
            throw error
        }
    }

    /// How the issuer that signs stands; `nil` where the controller signs itself.
    var standing: GatedIssuer.Standing? {
        state.withLock { state in state.signing.flatMap { state.clients[$0]?.standing } }
    }

    /// The controller signs itself from now on.
    func rest() { state.withLock { $0.signing = nil } }

    /// What is wrong with the issuer that signs with a root; `nil` if nothing is, as far as is known.
    func trouble(with root: TrustState.Root) -> IssuerTrouble? {
        state.withLock { $0.clients[Key(root)]?.trouble(named: root.source.name) }
    }

    /// What the issuer that signs with a root refuses to some, though others have certificates of it; empty for nothing.
    func remark(on root: TrustState.Root) -> String {
        let refusal = state.withLock { $0.clients[Key(root)]?.refusal(named: root.source.name) }
        guard let (isOfAll, refusal) = refusal ?? nil, !isOfAll else { return "" }
        return refusal.remark
    }

    /// Sees that the issuer that signs with a root is asked from time to time.
    func watch(_ root: TrustState.Root) {
        let isDue = state.withLock { state in
            state.clients[Key(root)]?.beginProbe(every: timing.probing, at: .now) ?? false
        }
        if isDue { queue.yield(.probe(root)) }
    }

    private func client(for key: Key) throws(IssuerFailure) -> IssuerClient {
        let (result, isNew) = state.withLock { state -> (Result<IssuerClient, IssuerFailure>, Bool) in
            if let known = state.clients[key] {
                state.clients[key]?.used = .now
                return (.success(known), false)
            }
            do throws(IssuerFailure) {
                let made = try IssuerClient(key, client, namespace: namespace, logger: logger)
                state.clients[key] = made
                return (.success(made), true)
            } catch {
                return (.failure(error), false)
            }
        }
        if isNew { queue.yield(.tend(key)) }
        return try result.get()
    }

    private func perform(_ job: Job) async {
        switch job {
        case .learn(let claim):
            do throws(IssuerFailure) {
                let root = try await learn(claim)
                logger.info(
                    "an issuer's root is known",
                    metadata: ["issuer": "\(claim.key.source.name)", "root": "\(root.id)"])
            } catch {
                logger.warning(
                    "the root of an issuer cannot be had: it is tried again",
                    metadata: ["issuer": "\(claim.key.source.name)", "error": "\(error)"])
            }
        case .tend(let key): await state.withLock { $0.clients[key] }?.tend()
        case .probe(let root):
            let client = state.withLock { $0.clients[Key(root)] }
            let refusal = await client?.probe(root, Key(root).probe(in: namespace))
            state.withLock { $0.clients[Key(root)]?.endProbe(refusal) }
        }
    }

    /// Drops what nobody has used for a while.
    private func clean() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            let limit = ContinuousClock.now - timing.idle
            let gone = state.withLock { state in
                state.learned = state.learned.filter { _, entry in
                    if case .asking = entry.what { return true }
                    return entry.used > limit
                }
                let inUse = Set(state.learned.keys.map(\.key)).union([state.signing].compactMap { $0 })
                let gone = state.clients.filter { key, client in
                    client.used < limit && !inUse.contains(key) && !client.isAsked
                }
                for key in gone.keys { state.clients[key] = nil }
                return Array(gone.values)
            }
            for client in gone { client.end.finish() }
        }
    }

    private static func asking(_ claim: Claim) -> IssuerFailure {
        IssuerFailure(.asking, "\(claim.key.source.name) is being asked for its root")
    }
}

extension ExternalIssuers: CustomStringConvertible {
    /// What logs of the process call it.
    var description: String { "issuers elsewhere" }
}

extension ExternalIssuers.Key {
    init(_ root: TrustState.Root) { self.init(source: root.source, trustDomain: root.trustDomain) }

    /// What is asked for where nobody needs a certificate: one of the controller's own account, for a minute.
    func probe(in namespace: String) -> LeafRequest {
        LeafRequest(
            identity: ServiceIdentity(namespace: namespace, serviceAccount: "osm-controller"),
            trustDomain: trustDomain, validity: .seconds(60), hasURI: source.hasURI)
    }
}
