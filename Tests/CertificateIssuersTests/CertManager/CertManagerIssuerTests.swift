import CertificateAuthority
import Foundation
import KubernetesClient
import MeshModel
import SwiftASN1
import Synchronization
import TestCluster
import Testing
import X509

@testable import CertificateIssuers
@testable import TestVault

@Suite("Certificates of cert-manager, whose part the test plays on a real API server")
struct CertManagerIssuerTests {
    private typealias Status = CertManagerCluster.Request.Status

    private static let dns = GeneralName.dnsName("web.shop.cluster.local")
    private static let uri = GeneralName.uniformResourceIdentifier("spiffe://cluster.local/web/shop")

    /// Looks often, and not for long.
    private static let brief = CertManagerIssuer.Timing(
        firstWait: .milliseconds(20), longestWait: .milliseconds(100), all: .seconds(10))

    @Test(
        "are asked for with the fields of the original, by the rights of config/cert-manager alone, and nothing is left"
    )
    func issued() async throws {
        let authority = try TestAuthority("issuer", hasIntermediate: true)
        let seen = Mutex<[CertManagerCluster.Request]>([])
        try await CertManagerCluster.with { cluster in
            try await cluster.withAccount { client in
                let issuer = cluster.issuer(client)
                try await cluster.withApprover { request in
                    seen.withLock { $0.append(request) }
                    let pending = CertManagerCluster.Request.Condition(
                        type: "Ready", status: "False", reason: "Pending", message: "waiting")
                    return [
                        .conditions(Status.approved), .conditions(Status.approved, pending),
                        try .signed([try authority.sign(request), authority.issuer], ca: authority.root),
                    ]
                } _: {
                    let root = try await issuer.root()
                    #expect(try root.pem == authority.root.pem)
                    let issued = try await issuer.issue(Sample.request(hasURI: true), under: root, now: Date())
                    let chain = try Certificate.all(in: issued.certificateChainPEM)
                    #expect(chain.count == 2 && chain[1] == authority.issuer)
                    #expect(try Set(chain[0].names) == [Self.dns, Self.uri])
                    let key = try Certificate.PrivateKey(pemEncoded: issued.privateKeyPEM)
                    #expect(key.publicKey == chain[0].publicKey)
                }
                #expect(try await cluster.requests().isEmpty)
            }
        }
        let requests = seen.withLock { $0 }
        try #require(requests.count == 2)
        #expect(requests.allSatisfy { $0.metadata.name.hasPrefix("osm-") })
        #expect(requests[1].metadata.labels == ["app.kubernetes.io/managed-by": "osm-controller"])
        #expect(requests[1].spec.duration == "3600s")
        #expect(requests[1].spec.isCA == false)
        #expect(requests[1].spec.usages == ["key encipherment", "digital signature"])
        #expect(requests[1].spec.issuerRef == .init(name: "osm-ca", kind: "Issuer", group: "cert-manager.io"))
        let csr = try CertificateSigningRequest(
            pemEncoded: String(decoding: requests[1].spec.request, as: UTF8.self))
        #expect(try csr.names == [Self.dns, Self.uri])
        #expect(csr.commonName == "web.shop.cluster.local")
    }

    @Test("have the root that the issuer names, or else the last of the chain, and none where neither is told")
    func roots() async throws {
        let authority = try TestAuthority("issuer", hasIntermediate: true)
        for chain in [[authority.issuer, authority.root], []] {
            try await CertManagerCluster.with { cluster in
                let issuer = cluster.issuer(cluster.administrator, Self.brief)
                try await cluster.withApprover { request in
                    [try .signed([try authority.sign(request)] + chain, ca: nil)]
                } _: {
                    if chain.isEmpty {
                        let failure = await issuerFailure { _ = try await issuer.root() }
                        #expect(failure?.code == .malformed)
                        #expect(failure?.message.contains("status.ca") == true)
                    } else {
                        let root = try await issuer.root()
                        #expect(try root.pem == authority.root.pem)
                        _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                    }
                }
                #expect(try await cluster.requests().isEmpty)
            }
        }
    }

    @Test(
        "are refused where the approver or the issuer says no, at once and in its words",
        arguments: [
            ("Denied", "True", "policy", "no such names"), ("InvalidRequest", "True", "BadUsage", "usages differ"),
            ("Ready", "False", "Failed", "the issuer is broken"), ("Ready", "False", "Denied", "denied by policy"),
        ])
    func refused(type: String, status: String, reason: String, message: String) async throws {
        let authority = try TestAuthority()
        let root = try IssuerRoot(pem: authority.root.pem, now: Date())
        try await CertManagerCluster.with { cluster in
            let issuer = cluster.issuer(cluster.administrator)
            try await cluster.withApprover { _ in
                [.conditions(.init(type: type, status: status, reason: reason, message: message))]
            } _: {
                let failure = await issuerFailure {
                    _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                }
                #expect(failure?.code == .refused)
                #expect(failure?.message.contains("\(reason): \(message)") == true, "\(failure?.message ?? "")")
                #expect(failure?.message.contains("Issuer osm-ca") == true)
            }
            #expect(try await cluster.requests().isEmpty)
        }
    }

    @Test("are not waited for without end: the failure says what stands in the way, and the request goes")
    func slow() async throws {
        let root = try IssuerRoot(pem: TestAuthority().root.pem, now: Date())
        let pending = CertManagerCluster.Request.Condition(
            type: "Ready", status: "False", reason: "Pending", message: "no such Issuer")
        let cases: [([Status], String)] = [
            ([], "nobody has approved it"), ([.conditions(Status.approved)], "the issuer says nothing"),
            ([.conditions(Status.approved, pending)], "Pending: no such Issuer"),
        ]
        for (statuses, obstacle) in cases {
            try await CertManagerCluster.with { cluster in
                let issuer = cluster.issuer(cluster.administrator, Self.brief)
                try await cluster.withApprover { _ in
                    statuses
                } _: {
                    let failure = await issuerFailure {
                        _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                    }
                    #expect(failure?.code == .unreachable)
                    #expect(failure?.message.contains(obstacle) == true, "\(failure?.message ?? "")")
                }
                #expect(try await cluster.requests().isEmpty)
            }
        }
    }

    @Test("are checked: nonsense, nothing, and what leads to another root is delivered to nobody")
    func checked() async throws {
        let authority = try TestAuthority()
        let stranger = try TestAuthority("stranger")
        let root = try IssuerRoot(pem: authority.root.pem, now: Date())
        let ready = [Status.approved, .init(type: "Ready", status: "True", reason: "Issued", message: "done")]
        let cases: [(IssuerFailure.Code, @Sendable (CertManagerCluster.Request) throws -> Status)] = [
            (.malformed, { _ in Status(conditions: ready) }),
            (.malformed, { _ in Status(conditions: ready, certificate: Data("nonsense".utf8)) }),
            (.malformed, { _ in Status(conditions: ready, certificate: Data([0, 255, 1])) }),
            (.malformed, { _ in try .signed([authority.root], ca: authority.root) }),
            (.wrongRoot, { try .signed([try stranger.sign($0)], ca: stranger.root) }),
        ]
        for (code, answer) in cases {
            try await CertManagerCluster.with { cluster in
                let issuer = cluster.issuer(cluster.administrator, Self.brief)
                try await cluster.withApprover {
                    [try answer($0)]
                } _: {
                    let failure = await issuerFailure {
                        _ = try await issuer.issue(Sample.request(), under: root, now: Date())
                    }
                    #expect(failure?.code == code, "\(failure?.message ?? "")")
                }
                #expect(try await cluster.requests().isEmpty)
            }
        }
    }

    @Test("are asked for by nobody without the rights, who is told what to apply")
    func rights() async throws {
        let root = try IssuerRoot(pem: TestAuthority().root.pem, now: Date())
        try await CertManagerCluster.with { cluster in
            let account = "system:serviceaccount:\(cluster.namespace):osm-controller"
            for (verb, subresource, isAllowed) in [
                ("create", "", true), ("get", "", true), ("list", "", true), ("delete", "", true),
                ("patch", "status", false), ("update", "status", false), ("update", "", false), ("watch", "", false),
            ] {
                let outcome = try await cluster.cluster.kubectl([
                    "auth", "can-i", verb, "certificaterequests.cert-manager.io", "--subresource", subresource, "--as",
                    account, "--namespace", cluster.namespace,
                ])
                #expect((outcome.status == 0) == isAllowed, "\(verb) \(subresource)")
            }
            try await cluster.withAccount("default") { client in
                let failure = await issuerFailure {
                    _ = try await cluster.issuer(client).issue(Sample.request(), under: root, now: Date())
                }
                #expect(failure?.code == .denied)
                #expect(failure?.message.contains("config/cert-manager") == true, "\(failure?.message ?? "")")
            }
        }
    }

    @Test("leave no request behind where nobody waits for them any more")
    func cancelled() async throws {
        let root = try IssuerRoot(pem: TestAuthority().root.pem, now: Date())
        try await CertManagerCluster.with { cluster in
            let issuer = cluster.issuer(cluster.administrator)
            let question = Task {
                await issuerFailure { _ = try await issuer.issue(Sample.request(), under: root, now: Date()) }
            }
            let isThere = try await eventually { try await cluster.requests().count == 1 }
            #expect(isThere)
            question.cancel()
            #expect(await question.value != nil)
            #expect(try await cluster.requests().isEmpty)
        }
    }

    @Test("have their leftovers removed, the old ones of the controller alone")
    func leftovers() async throws {
        try await CertManagerCluster.with { cluster in
            func make(_ name: String, _ labels: [String: String]) async throws {
                let object = CertificateRequest(
                    metadata: .init(name: name, namespace: cluster.namespace, labels: labels),
                    spec: .init(
                        request: Data("x".utf8), duration: "1h", isCA: false, usages: ["any"],
                        issuerRef: .init(name: "a", kind: "Issuer", group: "cert-manager.io")))
                let name = ObjectName(namespace: cluster.namespace, name: name)
                try await cluster.administrator.create(CertificateRequest.resource, name, body: object)
            }
            let own = ["app.kubernetes.io/managed-by": "osm-controller"]
            try await make("osm-1", own)
            try await make("osm-2", own)
            try await make("other-3", own)
            try await make("osm-4", ["app.kubernetes.io/managed-by": "somebody"])
            try await cluster.withAccount { client in
                let issuer = cluster.issuer(client)
                let none = try await issuer.removeLeftovers(now: Date())
                let old = try await issuer.removeLeftovers(now: Date().addingTimeInterval(700))
                #expect((none, old) == (0, 2))
                #expect(try await cluster.requests().map(\.metadata.name).sorted() == ["osm-4", "other-3"])
            }
        }
    }

    @Test("are told of by a kind with a schema, which refuses what cert-manager's would")
    func schema() async throws {
        try await CertManagerCluster.with { cluster in
            for (spec, isValid) in [
                ("request: eA==, issuerRef: {name: a}", true), ("issuerRef: {name: a}", false),
                ("request: eA==", false), ("request: eA==, issuerRef: {kind: a}", false),
                ("request: eA==, issuerRef: {name: a}, usages: [nonsense]", false),
                ("request: '%', issuerRef: {name: a}", false), ("request: eA==, issuerRef: {name: a}, isCA: 1", false),
            ] {
                let manifest = """
                    {apiVersion: cert-manager.io/v1, kind: CertificateRequest,
                    metadata: {generateName: x-, namespace: \(cluster.namespace)}, spec: {\(spec)}}
                    """
                let outcome = try await cluster.cluster.kubectl(
                    ["create", "--validate=false", "-f", "-"], input: manifest)
                #expect((outcome.status == 0) == isValid, "\(spec): \(outcome.stderr)")
            }
        }
    }

    @Test("cannot be had where cert-manager is not installed, which the failure says")
    func absent() async throws {
        let root = try IssuerRoot(pem: TestAuthority().root.pem, now: Date())
        try await TestCluster.withOwn(.init(hasControllerManager: false)) { cluster in
            let access = ClusterAccess(
                server: cluster.server, authorities: cluster.authorityPEM,
                clientCertificate: .init(certificate: cluster.adminCertificatePEM, key: cluster.adminKeyPEM))
            try await CertManagerCluster.withClient(access) { client in
                let issuer = CertManagerIssuer(.init(), namespace: "default", client: client, probe: Sample.probe)
                for body in [
                    { _ = try await issuer.root() },
                    { _ = try await issuer.issue(Sample.request(), under: root, now: Date()) },
                    { _ = try await issuer.removeLeftovers(now: Date()) },
                ] as [() async throws -> Void] {
                    let failure = await issuerFailure(of: body)
                    #expect(failure?.code == .configuration)
                    #expect(failure?.message.contains("Install cert-manager") == true, "\(failure?.message ?? "")")
                }
            }
        }
    }
}
