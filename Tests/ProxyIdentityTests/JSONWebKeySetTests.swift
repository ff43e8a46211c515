import Foundation
import ProxyIdentity
import Testing

@Suite("JSON Web Key Sets")
struct JSONWebKeySetTests {
    @Test("Keys for signatures are taken, all others left out")
    func mixed() async throws {
        let (first, second) = (TestKey("first"), TestKey("second"))
        let odd = [
            #"{"kty":"OKP","kid":"ed","crv":"Ed25519","alg":"EdDSA","x":"AAAA"}"#,
            #"{"kty":"oct","kid":"shared","k":"c2VjcmV0","alg":"HS256"}"#,
            #"{"kty":"EC","kid":"p384","crv":"P-384","alg":"ES384","x":"AAAA","y":"AAAA"}"#,
            #"{"kty":"EC","kid":"off-curve","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
            #"{"kty":"RSA","kid":"tiny","n":"AQAB","e":"AQAB"}"#, #"{"kty":"RSA","kid":"empty"}"#,
            first.jwk.replacing(#""use":"sig""#, with: #""use":"enc""#).replacing("first", with: "encryption"),
            first.jwk.replacing(#""kid":"first","#, with: ""), first.jwk.replacing("ES256", with: "ES512"),
            #"{"kty":1,"kid":{}}"#, "{}", "[]", "7", "null",
        ]
        let text = #"{"keys":[\#(([first.jwk] + odd + [second.jwk]).joined(separator: ","))],"more":1}"#
        let keys = try await JSONWebKeySet(text).keys(refreshing: true)
        #expect(keys.map(\.id) == ["first", "second"])
        #expect(keys.map(\.algorithm) == ["ES256", "ES256"])
    }

    @Test("The key's type decides where `alg` and `use` are missing")
    func untyped() async throws {
        let bare = TestKey("bare").jwk.replacing(#""alg":"ES256","#, with: "").replacing(#""use":"sig","#, with: "")
        let rsa = try await TestRSA.make().jwk.replacing(#""alg":"RS256","#, with: "")
        let keys = try await JSONWebKeySet(#"{"keys":[\#(bare),\#(rsa)]}"#).keys(refreshing: false)
        #expect(keys.map(\.algorithm) == ["ES256", "RS256"])
    }

    @Test(
        "A set without a usable key is an error",
        arguments: ["", "{}", "[]", "null", #"{"keys":[]}"#, #"{"keys":{}}"#, #"{"keys":[{"kty":"oct","kid":"a"}]}"#])
    func unusable(text: String) throws {
        let error = #expect(throws: ProxyIdentityError.self) { try JSONWebKeySet(text) }
        #expect(error?.code == .keySet)
    }
}
