import CertificateAuthority
import MeshModel
import Testing

@Suite("The rule for trust domains")
struct TrustDomainRuleTests {
    @Test(
        "A MeshRootCertificate has a problem with exactly the trust domains under which nothing can be issued",
        arguments: [
            "cluster.local", "mesh", "a-b.example.org", "0.1", "svc.cluster.local", "xsvc", "a.svc-1", "svc", "a.svc",
            "a.b.svc", "", ".", "a.", ".a", "a..b", "-a", "a-", "A", "a_b", "é", "a b", "a/b", "spiffe://a", "a\u{0}",
            "*.a", String(repeating: "a", count: 64), String(repeating: "a.", count: 126) + "a",
            String(repeating: "a.", count: 126) + "ab",
        ])
    func agreement(domain: String) {
        let request = LeafRequest(
            identity: ServiceIdentity(namespace: "shop", serviceAccount: "web"), trustDomain: domain,
            validity: .seconds(60))
        let root = MeshRootCertificate(
            metadata: ObjectMetadata(name: "root", namespace: "osm-system"), trustDomain: domain,
            provider: .init(certManager: .init(issuerName: "a", issuerKind: "Issuer", issuerGroup: "cert-manager.io")))
        let canIssue = (try? request.dnsNames) != nil
        #expect(root.validate().map(\.path) == (canIssue ? [] : ["spec.trustDomain"]))
    }
}
