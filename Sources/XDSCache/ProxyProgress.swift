public import MeshModel

/// A resource that a proxy refuses.
public struct Refusal: Hashable, Sendable {
    /// Which resource.
    public let key: ResourceKey
    /// The version that it refuses.
    public let version: String
    /// The objects that shaped it: sorted, without duplicates.
    public let origins: [Origin]
    /// The proxy's reason in its own words; never of a secret.
    public let reason: String
    /// Whether it was refused by itself; otherwise only as one of several, which are being tried one by one.
    public let isAlone: Bool

    /// A refusal.
    public init(key: ResourceKey, version: String, origins: [Origin], reason: String, isAlone: Bool) {
        self.key = key
        self.version = version
        self.origins = origins
        self.reason = reason
        self.isAlone = isAlone
    }

    init(_ refused: TypeSubscription.Refused, isAlone: Bool) {
        let resource = refused.resource
        self.init(
            key: resource.key, version: resource.version, origins: resource.origins, reason: refused.reason,
            isAlone: isAlone)
    }
}

/// How far the proxy of one stream is.
public struct StreamProgress: Equatable, Sendable {
    /// The revision up to which it enforces everything that it sees.
    public var acknowledged: Revision
    /// What it refuses, sorted by key.
    public var refusals: [Refusal]
    /// The version of its workload's certificate; `nil` if it has none.
    public var workloadVersion: String?
    /// The revision up to which it has everything that it sees but a first certificate, for which it still waits.
    public var trusting: Revision

    /// Progress; by default a stream that has acknowledged nothing.
    ///
    /// - Parameter trusting: As far as it is acknowledged, if `nil`.
    public init(
        acknowledged: Revision = 0, refusals: [Refusal] = [], workloadVersion: String? = nil, trusting: Revision? = nil
    ) {
        self.acknowledged = acknowledged
        self.trusting = trusting ?? acknowledged
        self.refusals = refusals
        self.workloadVersion = workloadVersion
    }
}

/// What a proxy that another replica serves trusts, and who signed its certificate, as that replica tells.
public struct ProxyTrust: Equatable, Sendable {
    /// The last epoch of the mesh's roots of which it has acknowledged everything; 0 for none.
    public var epoch: Int64
    /// The root that signed its certificate; `nil` if it has none.
    public var issuer: String?

    /// What it trusts.
    public init(epoch: Int64, issuer: String?) {
        self.epoch = epoch
        self.issuer = issuer
    }
}

/// How far a proxy is, connected or not.
public struct ProxyProgress: Equatable, Sendable {
    /// Whether it has a stream.
    public let isConnected: Bool
    /// The start of its oldest present stream, or the end of its last one; `nil` if it had none yet.
    public let since: Timestamp?
    /// The revision up to which it enforces everything that it sees: the least of its streams, 0 without one.
    public let acknowledged: Revision
    /// The revision up to which it has everything that it sees but a first certificate, for which it still waits.
    public let trusting: Revision
    /// What it refuses, sorted by key.
    public let refusals: [Refusal]
    /// The version of its workload's certificate that it has acknowledged; `nil` if it has none, or no stream.
    public let workloadVersion: String?
    /// What the replica that serves it tells of the roots; `nil` where it is served here, or that replica does not tell.
    public let trustElsewhere: ProxyTrust?
    /// Whether it is served by another replica.
    public let isElsewhere: Bool
    /// The root by which it knew the server when its newest stream's connection began; `nil` without a stream, and where its
    /// replica does not tell.
    public let serverRoot: String?

    /// Progress; by default that of a proxy that never had a stream.
    ///
    /// - Parameter trusting: As far as it is acknowledged, if `nil`.
    public init(
        isConnected: Bool = false, since: Timestamp? = nil, acknowledged: Revision = 0, refusals: [Refusal] = [],
        workloadVersion: String? = nil, isElsewhere: Bool = false, trustElsewhere: ProxyTrust? = nil,
        trusting: Revision? = nil, serverRoot: String? = nil
    ) {
        self.trusting = trusting ?? acknowledged
        self.serverRoot = serverRoot
        self.isElsewhere = isElsewhere
        self.trustElsewhere = trustElsewhere
        self.isConnected = isConnected
        self.since = since
        self.acknowledged = acknowledged
        self.refusals = refusals
        self.workloadVersion = workloadVersion
    }
}
