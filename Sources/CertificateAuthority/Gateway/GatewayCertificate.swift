public import FoundationEssentials
public import MeshModel
internal import SwiftASN1
internal import X509

/// The certificate of a gateway as it lies in a Secret: what it is, whoever wrote it.
public struct GatewayCertificate: Sendable {
    /// The names in it, in its order; empty where it has others than those of DNS.
    public let names: [String]
    /// From when it is valid.
    public let notBefore: Date
    /// Until when it is valid.
    public let notAfter: Date
    /// The last certificate of its chain, which a root signed.
    private let last: Certificate
    private let commonNames: [String]

    /// Reads a chain and its key.
    ///
    /// - Returns: `nil` for what is damaged, and for a key that is not the certificate's.
    public init?(certificateChainPEM: String, privateKeyPEM: String) {
        guard
            let chain = try? IssuerRoot.certificates(in: certificateChainPEM, of: "the certificate of the gateway"),
            let leaf = chain.first, let last = chain.last,
            let key = try? Certificate.PrivateKey(pemEncoded: privateKeyPEM), key.publicKey == leaf.publicKey
        else { return nil }
        self.last = last
        commonNames = leaf.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }.map {
            "\($0.value)"
        }
        notBefore = leaf.notValidBefore
        notAfter = leaf.notValidAfter
        let names = (try? leaf.extensions.subjectAlternativeNames).map { Array($0) } ?? []
        let dnsNames = names.compactMap { name -> String? in if case .dnsName(let text) = name { text } else { nil } }
        self.names = dnsNames.count == names.count ? dnsNames : []
    }

    /// Which of some roots signed it; `nil` for none of them.
    public func issuer(among roots: [TrustState.Root]) -> TrustState.Root? {
        roots.first { root in
            guard let certificate = try? Certificate(pemEncoded: root.pem) else { return false }
            return certificate.publicKey.isValidSignature(last.signature, for: last)
        }
    }

    /// Whether it serves as well as a new one would, and more than a third of its time remains.
    ///
    /// What ends with the root is as good as any: a new one would not last longer.
    ///
    /// - Parameters:
    ///   - names: What it is to be called.
    ///   - validity: How long it is to be valid, as it was when it was issued.
    ///   - root: The root that signs.
    public func isGood(for names: [String], validity: Duration, under root: TrustState.Root, now: Date) -> Bool {
        guard isCalled(names), issuer(among: [root]) != nil, now < notAfter, now >= notBefore else { return false }
        let asked = Double(validity.components.seconds)
        let third = min(asked, notAfter.timeIntervalSince(notBefore)) / 3
        if notAfter.timeIntervalSince(now) > third { return true }
        guard let end = try? Certificate(pemEncoded: root.pem).notValidAfter else { return false }
        return notAfter >= end
    }

    /// Whether it has some names and no others, the first as common name if it has one: an issuer elsewhere may put them into
    /// an order of its own.
    private func isCalled(_ names: [String]) -> Bool {
        guard Set(self.names) == Set(names), let wanted = try? GatewayNames(names).commonName else { return false }
        return commonNames.isEmpty || commonNames.contains(wanted)
    }

    /// The ServiceAccount whose certificate has a name, in one of some trust domains; `nil` for a name that none has.
    public static func account(named name: String, trustDomains: [String]) -> ServiceIdentity? {
        for domain in trustDomains where name.hasSuffix(".\(domain)") {
            let rest = name.dropLast(domain.utf8.count + 1)
            // A namespace holds no dot, an account may.
            guard let dot = rest.lastIndex(of: "."), dot != rest.startIndex else { continue }
            return ServiceIdentity(
                namespace: String(rest[rest.index(after: dot)...]), serviceAccount: String(rest[..<dot]))
        }
        return nil
    }
}
