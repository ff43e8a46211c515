import CertificateAuthority
import Foundation
import Testing

/// What is kept in the cluster outlives the controller that wrote it.
@Suite("The form in which the state of the roots is kept")
struct TrustStateFormTests {
    /// As the first release with a state wrote it.
    private static let first = """
        {"epoch":3,"roots":[{"id":"0011223344556677","object":"","pem":"-----BEGIN CERTIFICATE-----\\nMA==\\n","source":\
        {"secret":{"name":"osm-ca-bundle"}},"trustDomain":"cluster.local"},{"id":"8899aabbccddeeff","object":"next","pem":\
        "-----BEGIN CERTIFICATE-----\\nMQ==\\n","source":{"secret":{"name":"next"}},"trustDomain":"example.org"}],\
        "signing":"8899aabbccddeeff"}
        """

    private static let sources: [TrustState.Source] = [
        .secret(name: "osm-ca-bundle"),
        .vault(
            TrustState.Vault(
                scheme: "https", host: "vault.vault", port: 8200, role: "mesh",
                token: .init(namespace: "osm-system", name: "osm-vault-token", key: "token"), hasURI: true)),
        .certManager(TrustState.CertManager(name: "ca", kind: "Issuer", group: "cert-manager.io", hasURI: false)),
    ]

    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    @Test("A state that was written before there were issuers elsewhere is read, and written as it was")
    func former() throws {
        let state = try JSONDecoder().decode(TrustState.self, from: Data(Self.first.utf8))
        #expect(state.epoch == 3)
        #expect(state.roots.map(\.source) == [.secret(name: "osm-ca-bundle"), .secret(name: "next")])
        #expect(state.signer?.object == "next")
        #expect(state.trustDomains == ["example.org", "cluster.local"])
        #expect(String(decoding: try Self.encoder().encode(state), as: UTF8.self) == Self.first)
    }

    @Test("Every kind of source comes back as it was", arguments: sources)
    func roundTrip(source: TrustState.Source) throws {
        let data = try Self.encoder().encode([source])
        #expect(try JSONDecoder().decode([TrustState.Source].self, from: data) == [source])
    }

    @Test("A Vault is written with all that is needed to ask it, and where its token is")
    func vault() throws {
        #expect(
            String(decoding: try Self.encoder().encode(Self.sources[1]), as: UTF8.self) == """
                {"vault":{"hasURI":true,"host":"vault.vault","mount":"pki","port":8200,"role":"mesh","scheme":"https",\
                "token":{"key":"token","name":"osm-vault-token","namespace":"osm-system"}}}
                """)
    }

    @Test(
        "A source of a kind that is not known is no state",
        arguments: [#"{}"#, #"{"acme":{}}"#, #"{"secret":{}}"#, #"{"secret":{"name":"a"},"vault":{}}"#])
    func unknown(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(TrustState.Source.self, from: Data(text.utf8))
        }
    }
}
