import CertificateAuthority
import Foundation
import MeshModel
import SwiftASN1
import Testing
import X509

@Suite("The names of workloads and of the control plane")
struct WorkloadNameTests {
    private func names(_ identity: ServiceIdentity, _ trustDomain: String) throws -> [GeneralName] {
        let issued = try makeAuthority().issueWorkload(
            identity: identity, trustDomain: trustDomain, validity: .seconds(3600), now: now)
        let leaf = try Certificate(pemEncoded: issued.certificateChainPEM)
        return try leaf.extensions.subjectAlternativeNames.map { Array($0) } ?? []
    }

    @Test(
        "No trust domain gives a workload a name of the control plane",
        arguments: ["svc", "osm-system.svc", "cluster.svc", "a.b.svc"])
    func controlPlane(trustDomain: String) throws {
        for (namespace, account) in [("osm-system", "osm-controller"), ("shop", "bookbuyer"), ("svc", "svc")] {
            let error = #expect(throws: CertificateAuthorityError.self) {
                try names(ServiceIdentity(namespace: namespace, serviceAccount: account), trustDomain)
            }
            #expect(error?.code == .name)
            #expect(error?.message.contains("`\(trustDomain)`") == true)
        }
    }

    @Test("The names of every identity end in the trust domain, so never as the control plane's do")
    func ends() throws {
        for trustDomain in ["cluster.local", "osm.svc.example", "xsvc", "svc.svc1", "svc.cluster.local"] {
            for account in ["osm-controller", "osm-controller.osm-system.svc", "a.b"] {
                let identity = ServiceIdentity(namespace: "osm-system", serviceAccount: account)
                for name in try names(identity, trustDomain) {
                    guard case .dnsName(let text) = name else { continue }
                    #expect(text.hasSuffix(".\(trustDomain)"))
                    #expect(!text.hasSuffix(".svc"))
                }
            }
        }
    }

    @Test(
        "A trust domain that is no DNS name in small letters is refused",
        arguments: ["", ".", "a..b", "svc.", ".svc", "SVC", "a b", "a/b", "a\u{0}", "ä.local", "-a", "a-", "a_b", "*"])
    func trustDomains(trustDomain: String) throws {
        let error = #expect(throws: CertificateAuthorityError.self) {
            try names(ServiceIdentity(namespace: "shop", serviceAccount: "bookbuyer"), trustDomain)
        }
        #expect(error?.code == .name)
    }

    @Test(
        "An identity that Kubernetes would not allow is refused",
        arguments: [
            ("shop", ""), ("", "a"), ("a.b", "c"), ("shop", "a/b"), ("a/b", "c"), ("shop", "A"), ("shop", "a..b"),
            ("shop", "*"), ("shop", "a."), ("shop", ".a"), ("shop", "a%2fb"), ("shop", "a b"), ("shop", "a\u{0}b"),
            ("shop", String(repeating: "a", count: 254)), (String(repeating: "n", count: 64), "a"),
        ])
    func identities(namespace: String, account: String) throws {
        let error = #expect(throws: CertificateAuthorityError.self) {
            try names(ServiceIdentity(namespace: namespace, serviceAccount: account), "cluster.local")
        }
        #expect(error?.code == .name)
    }

    @Test("Identities that differ never share a name")
    func distinct() throws {
        var seen: Set<GeneralName> = []
        for (namespace, account) in [("c", "a.b"), ("b", "a"), ("c", "a-b"), ("b-c", "a"), ("a", "b"), ("b", "a.b")] {
            let names = try names(ServiceIdentity(namespace: namespace, serviceAccount: account), "cluster.local")
            #expect(names.count == 2)
            for name in names { #expect(seen.insert(name).inserted, "\(name)") }
        }
    }
}
