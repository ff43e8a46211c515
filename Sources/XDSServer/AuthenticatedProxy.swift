public import FoundationEssentials
public import MeshModel
public import XDSCache

/// A proxy that proved who it is.
///
/// Its stream's view is fixed by this, whatever else it sends.
public struct AuthenticatedProxy: Sendable {
    /// The proxy.
    public let proxy: ProxyID
    /// The identity of its workload.
    public let identity: ServiceIdentity
    /// When the proof ends, and the stream with it.
    public let expiry: Date

    /// A proxy with its proof.
    public init(proxy: ProxyID, identity: ServiceIdentity, expiry: Date) {
        self.proxy = proxy
        self.identity = identity
        self.expiry = expiry
    }
}

/// Tells who a proxy is.
public protocol ProxyAuthenticator: Sendable {
    /// The proxy that a bearer token stands for.
    ///
    /// - Throws: Any error if the token stands for none; it is logged, and the proxy is told no more than that.
    func authenticate(bearerToken: String) async throws -> AuthenticatedProxy
}

/// Gives proxies the certificates of their workloads.
public protocol WorkloadSecretSource: Sendable {
    /// Who signs what is given out now: when that changes, every proxy needs a new one.
    var signer: String { get }

    /// What a proxy shall have as the secret `workload`; at once.
    ///
    /// - Parameter currentVersion: The version that the proxy says it has; `nil` if it has none.
    /// - Throws: Any error if no certificate can be had; the proxy keeps what it has and is served again later.
    func workloadSecret(for proxy: AuthenticatedProxy, currentVersion: String?) throws -> WorkloadSecretOffer

    /// A new secret `workload` for a proxy, after ``workloadSecret(for:currentVersion:)`` has said that it is elsewhere.
    ///
    /// It may take long; of each stream one is asked for at a time.
    func fetchWorkloadSecret(for proxy: AuthenticatedProxy) async -> FetchedWorkloadSecret

    /// A proxy that may have been waiting has gone.
    func withdraw(_ proxy: AuthenticatedProxy)
}

/// What becomes of a proxy's certificate.
public enum WorkloadSecretOffer: Sendable {
    /// The version that the proxy has will do; until when.
    case current(renewal: Date)
    /// A new one, and until when it will do.
    case issued(Resource, renewal: Date)
    /// It needs a new one, which takes time to get.
    case elsewhere
}

/// What came of asking for a certificate that takes time.
public enum FetchedWorkloadSecret: Sendable {
    /// A new one, and until when it will do.
    case issued(Resource, renewal: Date)
    /// None now: the proxy keeps what it has, and asks again after a time.
    case unavailable(retryAfter: Duration, reason: String)
}
