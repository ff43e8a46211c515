import MeshModel
import Testing

@Suite("MeshRootCertificate")
struct MeshRootCertificateTests {
    private static func object(_ spec: String, status: String = "") throws -> MeshRootCertificate {
        try read(
            MeshRootCertificate.self,
            "{metadata: {name: root, namespace: osm-system}, spec: {\(spec)}\(status.isEmpty ? "" : ", status: \(status)")}"
        )
    }

    private static let tresor = "provider: {tresor: {ca: {secretRef: {name: osm-ca-bundle, namespace: osm-system}}}}"
    private static let token = "token: {secretKeyRef: {name: vault, key: token, namespace: secrets}}"

    @Test("is read with every field of the original's API")
    func everyField() throws {
        let vault = try Self.object(
            """
            trustDomain: example.com, role: passive, intent: passive, spiffeEnabled: true,
            provider: {vault: {host: vault.v, port: 8200, role: osm, protocol: https, \(Self.token)}}
            """, status: "{state: active}")
        #expect(
            vault
                == MeshRootCertificate(
                    metadata: ObjectMetadata(name: "root", namespace: "osm-system"), trustDomain: "example.com",
                    role: "passive", intent: "passive", state: "active", spiffeEnabled: true,
                    provider: .init(
                        vault: .init(
                            host: "vault.v", port: 8200, role: "osm", protocolName: "https",
                            token: .init(name: "vault", key: "token", namespace: "secrets")))))
        #expect(vault.validate() == [])
        #expect(vault.name == ObjectName(namespace: "osm-system", name: "root"))
        guard case .vault(let issuer)? = vault.issuer else {
            Issue.record("not by Vault: \(String(describing: vault.issuer))")
            return
        }
        #expect(issuer == vault.provider.vault && issuer.scheme == .https)
        #expect(vault.issuer?.title == "Vault")

        let tresor = try Self.object(Self.tresor)
        #expect(tresor.provider.tresor?.secret.name == "osm-ca-bundle")
        #expect(tresor.provider.tresor?.secret.namespace == "osm-system")
        #expect(tresor.issuer?.title == "Tresor")
        #expect(tresor.trustDomain == "cluster.local" && !tresor.spiffeEnabled && tresor.state.isEmpty)

        let manager = try Self.object(
            "provider: {certManager: {issuerName: ca, issuerKind: Issuer, issuerGroup: cert-manager.io}}")
        #expect(manager.provider.certManager?.issuerName == "ca")
        #expect(manager.provider.certManager?.issuerKind == "Issuer")
        #expect(manager.provider.certManager?.issuerGroup == "cert-manager.io")
        #expect(manager.issuer?.title == "CertManager")
        #expect(tresor.validate() + manager.validate() == [])
    }

    private static let vault = "provider: {vault: {host: h, port: 1, role: r, protocol: http, \(token)}}"

    private static let manifests = [
        Manifest("a role", "role: inactive, \(tresor)"),
        Manifest("an unknown role", "role: standby, \(tresor)", "spec.role"),
        Manifest("an unknown intent", "intent: Active, \(tresor)", "spec.intent"),
        Manifest("a role and the same intent", "role: active, intent: active, \(tresor)"),
        Manifest("a role and another intent", "role: active, intent: passive, \(tresor)", "spec.intent"),
        Manifest("an empty role", "role: '', intent: passive, \(tresor)"),
        Manifest("an empty trust domain", "trustDomain: '', \(tresor)", "spec.trustDomain"),
        Manifest("no trust domain", "trustDomain: null, \(tresor)"),
        Manifest("a trust domain of one label", "trustDomain: mesh, \(tresor)"),
        Manifest("a trust domain in capitals", "trustDomain: Cluster.Local, \(tresor)", "spec.trustDomain"),
        Manifest("a trust domain with a scheme", "trustDomain: 'spiffe://a', \(tresor)", "spec.trustDomain"),
        Manifest("a trust domain with a dot at the end", "trustDomain: a., \(tresor)", "spec.trustDomain"),
        Manifest("the control plane's domain", "trustDomain: svc, \(tresor)", "spec.trustDomain"),
        Manifest("a domain below the control plane's", "trustDomain: a.svc, \(tresor)", "spec.trustDomain"),
        Manifest("a domain that looks like the control plane's", "trustDomain: svc.cluster.local, \(tresor)"),
        Manifest("another that looks like it", "trustDomain: a.xsvc, \(tresor)"),
        Manifest(
            "a long trust domain", "trustDomain: \(String(repeating: "a.", count: 126))ab, \(tresor)",
            "spec.trustDomain"),
        Manifest("nothing", "", "spec.provider"),
        Manifest("no provider", "provider: {}", "spec.provider"),
        Manifest(
            "two providers",
            "provider: {tresor: {ca: {secretRef: {name: a, namespace: b}}}, certManager: {issuerName: a}}",
            "spec.provider"),
        Manifest(
            "a root without a Secret", "provider: {tresor: {}}", "spec.provider.tresor.ca.secretRef.name",
            "spec.provider.tresor.ca.secretRef.namespace"),
        Manifest(
            "a Secret that cannot be", "provider: {tresor: {ca: {secretRef: {name: A, namespace: a.b}}}}",
            "spec.provider.tresor.ca.secretRef.name", "spec.provider.tresor.ca.secretRef.namespace"),
        Manifest("a Vault", vault),
        Manifest(
            "a Vault without anything", "provider: {vault: {}}", "spec.provider.vault.host", "spec.provider.vault.port",
            "spec.provider.vault.role", "spec.provider.vault.protocol",
            "spec.provider.vault.token.secretKeyRef.name", "spec.provider.vault.token.secretKeyRef.key",
            "spec.provider.vault.token.secretKeyRef.namespace"),
        Manifest(
            "a Vault's host with a port", vault.replacing("host: h", with: "host: 'h:8200'"), "spec.provider.vault.host"
        ),
        Manifest("a Vault's address", vault.replacing("host: h", with: "host: 'fd00::1'")),
        Manifest("a great port", vault.replacing("port: 1", with: "port: 65536"), "spec.provider.vault.port"),
        Manifest("a role with a slash", vault.replacing("role: r", with: "role: ../x"), "spec.provider.vault.role"),
        Manifest("a role with a question", vault.replacing("role: r", with: "role: 'a?b'"), "spec.provider.vault.role"),
        Manifest("a role of two dots", vault.replacing("role: r", with: "role: '..'"), "spec.provider.vault.role"),
        Manifest("a role with everything", vault.replacing("role: r", with: "role: _A-b.c_0")),
        Manifest("another protocol", vault.replacing(": http,", with: ": HTTPS,"), "spec.provider.vault.protocol"),
        Manifest(
            "a key that cannot be", vault.replacing("key: token", with: "key: a/b"),
            "spec.provider.vault.token.secretKeyRef.key"),
        Manifest(
            "an issuer without anything", "provider: {certManager: {}}", "spec.provider.certManager.issuerName",
            "spec.provider.certManager.issuerKind", "spec.provider.certManager.issuerGroup"),
        Manifest(
            "an issuer of another kind",
            "provider: {certManager: {issuerName: a, issuerKind: Certificate, issuerGroup: 'a b'}}",
            "spec.provider.certManager.issuerKind", "spec.provider.certManager.issuerGroup"),
        Manifest("a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {\(tresor)}}", "metadata.name"),
        Manifest("no namespace", whole: "{metadata: {name: x}, spec: {\(tresor)}}", "metadata.namespace"),
        Manifest("no spec", whole: "{metadata: {name: x, namespace: n}}", "spec.provider"),
    ]

    @Test("is told field by field what is wrong", arguments: manifests)
    func validation(manifest: Manifest) throws {
        let problems = try read(MeshRootCertificate.self, manifest.yaml).validate()
        #expect(problems.map(\.path) == manifest.paths)
        #expect(problems.allSatisfy { !$0.message.isEmpty })
    }

    @Test(
        "of a wrong type is told by its path",
        arguments: [
            ("role: [active], \(tresor)", "spec.role"), ("trustDomain: {}, \(tresor)", "spec.trustDomain"),
            ("spiffeEnabled: perhaps, \(tresor)", "spec.spiffeEnabled"), ("provider: []", "spec.provider"),
            ("provider: {vault: {port: http}}", "spec.provider.vault.port"),
            ("provider: {vault: {token: x}}", "spec.provider.vault.token"),
            ("provider: {tresor: {ca: {secretRef: x}}}", "spec.provider.tresor.ca.secretRef"),
        ])
    func unreadable(spec: String, path: String) throws {
        let problem = try decodingProblem(
            MeshRootCertificate.self, "{metadata: {name: x, namespace: n}, spec: {\(spec)}}")
        #expect(problem?.path == path)
        let unread = MeshRootCertificate(unread: ObjectMetadata(name: "x", namespace: "n"))
        #expect(!unread.validate().isEmpty && unread.issuer == nil)
    }

    @Test(
        "has the role that its spec says, else the intent, else what version 1.2 wrote into the status",
        arguments: [
            ("role: active", "", .active), ("role: passive", "", .passive), ("role: inactive", "", .inactive),
            ("intent: passive", "", .passive), ("role: '', intent: inactive", "", .inactive), ("", "", .active),
            ("", "active", .active), ("", "later", .active), ("", "issuingRollout", .active),
            ("", "issuingRollback", .active), ("", "validatingRollout", .passive),
            ("", "validatingRollback", .passive), ("", "error", .inactive), ("", "inactive", .inactive),
            ("role: active", "error", .active), ("intent: active", "validatingRollout", .active),
            // What contradicts itself has a problem, and is for nothing.
            ("role: active, intent: passive", "", .inactive), ("role: standby", "active", .inactive),
        ] as [(String, String, MeshRootCertificate.Role)])
    func role(spec: String, state: String, role: MeshRootCertificate.Role) throws {
        let object = try Self.object(
            spec.isEmpty ? Self.tresor : "\(spec), \(Self.tresor)", status: state.isEmpty ? "" : "{state: \(state)}")
        #expect(object.effectiveRole == role)
    }

    @Test(
        "is read whatever its status is",
        arguments: ["{}", "[]", "none", "{state: {}}", "{state: null}", "{conditions: [{}], state: [active]}"])
    func freeStatus(status: String) throws {
        let object = try Self.object(Self.tresor, status: status)
        #expect(object.validate() == [] && object.effectiveRole == .active && object.state.isEmpty)
    }

    @Test("of the built-in issuer is told that its Secret is looked for where the controller is")
    func remarks() throws {
        #expect(try Self.object(Self.tresor).remarks == [])
        #expect(try Self.object(Self.vault).remarks == [])
        let elsewhere = try Self.object("provider: {tresor: {ca: {secretRef: {name: a, namespace: elsewhere}}}}")
        #expect(elsewhere.validate() == [])
        #expect(elsewhere.remarks.map(\.path) == ["spec.provider.tresor.ca.secretRef.namespace"])
        #expect(elsewhere.remarks.first?.message.contains("osm-system") == true)
    }

    @Test(
        "keeps its root: another provider or trust domain needs an object of its own",
        arguments: [
            ("role: passive, spiffeEnabled: true, \(tresor)", []), ("role: inactive, \(tresor)", []),
            ("trustDomain: cluster.local, \(tresor)", []),
            ("trustDomain: example.com, \(tresor)", ["spec.trustDomain"]), (vault, ["spec.provider"]),
            (tresor.replacing("osm-ca-bundle", with: "other"), ["spec.provider"]),
            ("trustDomain: a, \(vault)", ["spec.trustDomain", "spec.provider"]),
        ] as [(String, [String])])
    func replacement(spec: String, paths: [String]) throws {
        let old = try Self.object("role: active, \(Self.tresor)")
        let problems = try Self.object(spec).problems(replacing: old)
        #expect(problems.map(\.path) == paths)
        #expect(problems.allSatisfy { $0.message.contains("second MeshRootCertificate") })
        // What stood for no root can become anything.
        #expect(try Self.object(spec).problems(replacing: Self.object("provider: {}")) == [])
    }
}
