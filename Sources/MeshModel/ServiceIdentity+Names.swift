extension ServiceIdentity {
    /// A name in a certificate of a workload.
    public enum CertificateName: Hashable, Sendable {
        /// A URI.
        case uri(String)
        /// A name of DNS.
        case dns(String)

        /// The name.
        public var text: String {
            switch self {
            case .uri(let text), .dns(let text): text
            }
        }
    }

    /// The names that certificates of this identity carry, of which a peer must show one: by trust domain, the URI first.
    ///
    /// A certificate of ours has both; a proxy of an original OSM may have the second only. While a mesh changes its trust
    /// domain, certificates of either are in use.
    ///
    /// Where one trust domain lies below another, such as `new.example.org` and `example.org`, the DNS name of a workload
    /// may be that of a workload of another namespace, too: such a name tells nobody apart, and is left out.
    ///
    /// - Parameter trustDomains: Those that are trusted, each once.
    public func certificateNames(in trustDomains: [String]) -> [CertificateName] {
        trustDomains.flatMap { domain -> [CertificateName] in
            let dns = dnsName(trustDomain: domain)
            let uri = CertificateName.uri(spiffeURI(trustDomain: domain))
            guard trustDomains.count > 1 else { return [uri, .dns(dns)] }
            let others = Self.identities(named: dns, in: trustDomains).subtracting([self])
            return others.isEmpty ? [uri, .dns(dns)] : [uri]
        }
    }

    /// The names by which the holder of a name is known, the name among them: sorted.
    ///
    /// A name of a workload stands for the same workload under each trust domain, in the form in which it is written. Any
    /// other name, and one that could be that of several workloads, stands for itself.
    ///
    /// - Parameters:
    ///   - name: A URI, or a name of DNS.
    ///   - trustDomains: Those that are trusted, each once.
    public static func names(of name: String, in trustDomains: [String]) -> [String] {
        let holders = identities(named: name, in: trustDomains)
        guard trustDomains.count > 1, holders.count == 1, let holder = holders.first else { return [name] }
        let isURI = name.hasPrefix(scheme)
        return Set(
            holder.certificateNames(in: trustDomains).filter { $0.text.hasPrefix(scheme) == isURI }.map(\.text)
        ).union([name]).sorted()
    }

    private static let scheme = "spiffe://"

    /// The identities whose certificates carry a name.
    private static func identities(named name: String, in trustDomains: [String]) -> Set<ServiceIdentity> {
        Set(
            trustDomains.compactMap { domain -> ServiceIdentity? in
                let prefix = "\(scheme)\(domain)/"
                if name.hasPrefix(prefix) {
                    let parts = name.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
                    guard parts.count == 2 else { return nil }
                    return ServiceIdentity(account: parts[0], namespace: parts[1])
                }
                guard name.hasSuffix(".\(domain)") else { return nil }
                let labels = name.dropLast(domain.count + 1)
                guard let dot = labels.lastIndex(of: ".") else { return nil }
                return ServiceIdentity(account: labels[..<dot], namespace: labels[labels.index(after: dot)...])
            })
    }

    /// An identity of names that Kubernetes would allow; `nil` for others.
    private init?(account: Substring, namespace: Substring) {
        guard DNSName.isSubdomain(String(account)), DNSName.isLabel(namespace) else { return nil }
        self.init(namespace: String(namespace), serviceAccount: String(account))
    }
}
