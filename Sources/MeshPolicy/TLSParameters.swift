public import MeshModel

/// The mesh-wide settings of mutual TLS.
public struct TLSParameters: Hashable, Sendable {
    /// The least version.
    public let minimum: TLSVersion
    /// The greatest version.
    public let maximum: TLSVersion
    /// Cipher suites for TLS 1.2 and below, in order of preference; empty for the proxy's own.
    public let cipherSuites: [String]
    /// Curves, in order of preference; empty for the proxy's own.
    public let ecdhCurves: [String]

    /// TLS settings.
    ///
    /// Versions default to the original's: 1.2 to 1.3.
    public init(
        minimum: TLSVersion = .v1_2, maximum: TLSVersion = .v1_3, cipherSuites: [String] = [],
        ecdhCurves: [String] = []
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.cipherSuites = cipherSuites
        self.ecdhCurves = ecdhCurves
    }
}

/// The certificates that every proxy trusts.
public struct Roots: Hashable, Sendable {
    /// The roots in PEM, one after the other, in the order of the trust bundle.
    public let pem: String

    /// The given roots.
    public init(pem: String) { self.pem = pem }
}
