/// A certificate of the server with its key, and the root that signed it.
public struct ServerChain: Hashable, Sendable {
    /// The identifier of the root.
    public let root: String
    let certificateChainPEM: String
    let privateKeyPEM: String

    /// A chain.
    ///
    /// - Parameters:
    ///   - root: The identifier of the root that signed it.
    ///   - certificateChainPEM: The server's certificate and what leads to the root, as PEM.
    ///   - privateKeyPEM: The key of the certificate, as PEM.
    public init(root: String, certificateChainPEM: String, privateKeyPEM: String) {
        self.root = root
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }
}

extension ServerChain: CustomStringConvertible, CustomReflectable {
    /// The root; nothing of the key.
    public var description: String { "certificate of root \(root)" }
    /// Nothing, so that no dump shows the key.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the server shows to who connects.
public struct ServerChains: Sendable {
    /// What everybody is to know the server by.
    public var current: ServerChain
    /// What it was known by before; shown to who refuses the current one, while some may not know the new root yet.
    public var former: ServerChain?

    /// Chains.
    public init(current: ServerChain, former: ServerChain? = nil) {
        self.current = current
        self.former = former
    }
}

/// Tells what the server shows to a connection that begins.
public protocol ServerChainSource: Sendable {
    /// The chains of this moment.
    var serverChains: ServerChains { get }
}
