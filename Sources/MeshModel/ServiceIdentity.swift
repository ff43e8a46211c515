/// Who a workload is: its ServiceAccount.
///
/// Ordered by namespace, then account.
public struct ServiceIdentity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The namespace of the ServiceAccount.
    public let namespace: String
    /// The name of the ServiceAccount; it may contain dots.
    public let serviceAccount: String

    /// The identity of the pods of a ServiceAccount.
    public init(namespace: String, serviceAccount: String) {
        self.namespace = namespace
        self.serviceAccount = serviceAccount
    }

    /// `namespace/serviceAccount`.
    public var description: String { "\(namespace)/\(serviceAccount)" }

    /// The URI that a certificate of this identity carries: `spiffe://<trust domain>/<account>/<namespace>`.
    ///
    /// The path order is the original's, account first.
    public func spiffeURI(trustDomain: String) -> String {
        "spiffe://\(trustDomain)/\(serviceAccount)/\(namespace)"
    }

    /// The DNS name that a certificate of this identity carries: `<account>.<namespace>.<trust domain>`.
    ///
    /// A namespace holds no dot, so the name is unambiguous though an account may hold some.
    public func dnsName(trustDomain: String) -> String {
        "\(serviceAccount).\(namespace).\(trustDomain)"
    }

    /// Namespace first, then account.
    public static func < (left: ServiceIdentity, right: ServiceIdentity) -> Bool {
        (left.namespace, left.serviceAccount) < (right.namespace, right.serviceAccount)
    }
}
