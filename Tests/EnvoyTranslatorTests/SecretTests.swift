import EnvoyAPI
import EnvoyTranslator
import MeshPolicy
import Testing
import XDSCache

@Suite("Secrets")
struct SecretTests {
    @Test("The roots are one secret for all proxies")
    func roots() throws {
        let resources = Roots(pem: "PEM").resources(origins: [])
        #expect(resources.map(\.key.description) == ["Secret roots"])
        let secret = try resources[0].message(Envoy_Extensions_TransportSockets_Tls_V3_Secret.self)
        #expect(secret.name == "roots" && secret.validationContext.trustedCa.inlineString == "PEM")
    }

    @Test("The workload certificate has the version that it is given")
    func workload() throws {
        let resource = Resource.workloadSecret(certificateChainPEM: "chain", privateKeyPEM: "key", version: "a/b/c")
        #expect(resource.key.description == "Secret workload")
        #expect(resource.version == "a/b/c")
        let secret = try resource.message(Envoy_Extensions_TransportSockets_Tls_V3_Secret.self)
        #expect(secret.name == "workload")
        #expect(secret.tlsCertificate.certificateChain.inlineString == "chain")
        #expect(secret.tlsCertificate.privateKey.inlineString == "key")
    }
}
