public import MeshModel

/// What a proxy with a lazy view asks for when its pod first calls an address.
///
/// Cluster and listener have one name, made of the address. The cluster is made on each stream, from the view; the
/// listener is one of the view.
extension ResourceName {
    /// What the names of clusters and listeners begin with that a proxy has on demand.
    public static let onDemandPrefix = "on-demand/"

    /// The cluster of the original destination, by the original's name: in the views of proxies that may pass through.
    public static let passthrough = ResourceName(.cluster, "passthrough-outbound")

    /// The cluster by which connections to an address go until there is a virtual listener for it.
    public static func onDemandCluster(at address: SocketAddress) -> ResourceName {
        ResourceName(.cluster, "\(onDemandPrefix)\(address)")
    }

    /// The listener within the proxy to which that cluster leads, if a service has the address.
    public static func onDemandListener(at address: SocketAddress) -> ResourceName {
        ResourceName(.listener, "\(onDemandPrefix)\(address)")
    }

    /// The address in the name of such a cluster or listener; `nil` for other names, and for an address that is spelled
    /// in another way than its own.
    public var onDemandAddress: SocketAddress? {
        guard type == .cluster || type == .listener, name.hasPrefix(Self.onDemandPrefix) else { return nil }
        let text = name.dropFirst(Self.onDemandPrefix.count)
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard let ip = IPAddress(String(host)) else { return nil }
        let address = SocketAddress(ip: ip, port: port)
        return address.description == text ? address : nil
    }
}
