import Crypto
import Foundation
import JWTKit
import MeshModel
import ProxyIdentity
import Testing

@Suite("Signatures of tokens")
struct SignatureTests {
    let mesh = Mesh()

    private static let goodClaims = """
        {"iss":"\(TestClaims.issuer)","aud":["osm-xds"],"sub":"system:serviceaccount:shop:web","exp":1790003600,\
        "nbf":1790000000,"kubernetes.io":{"namespace":"shop","pod":{"name":"web-1","uid":"pod-uid"},\
        "serviceaccount":{"name":"web","uid":"account-uid"}}}
        """

    @Test("A token of another key under the same id is refused")
    func otherKey() async throws {
        #expect(try await mesh.refusal(of: try await TestKey("key-1").sign()).code == .signature)
    }

    @Test("A changed claim, header or signature is refused")
    func changed() async throws {
        let token = try await mesh.key.sign()
        let parts = token.split(separator: ".").map(String.init)
        let other = try await mesh.key.sign(TestClaims().with { $0.exp? += 1 }).split(separator: ".").map(String.init)
        for forged in [
            "\(parts[0]).\(other[1]).\(parts[2])", "\(parts[0]).\(parts[1]).\(other[2])",
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1]).AAAA",
            "\(parts[0]).\(parts[1]).\(base64URL(Data(repeating: 0, count: 64).base64EncodedString()))",
        ] {
            #expect(try await mesh.refusal(of: forged).code == .signature)
        }
    }

    @Test("A token without a signature is refused", arguments: ["none", "None", "NONE", "nOnE", ""])
    func none(algorithm: String) async throws {
        let header = #"{"alg":"\#(algorithm)","kid":"key-1"}"#
        for signature in [Data(), Data("x".utf8)] {
            let forged = token(header: header, claims: Self.goodClaims) { _ in signature }
            #expect(try await mesh.refusal(of: forged).code == .algorithm)
        }
    }

    @Test("The public key is no shared secret")
    func symmetric() async throws {
        let der = try P256.Signing.PublicKey(pemRepresentation: mesh.key.publicPEM)
        for secret in [
            Data(mesh.key.publicPEM.utf8), Data((mesh.key.publicPEM + "\n").utf8), der.derRepresentation,
            der.x963Representation, der.rawRepresentation, Data(mesh.key.jwk.utf8),
        ] {
            for algorithm in ["HS256", "ES256", "RS256"] {
                let header = #"{"alg":"\#(algorithm)","kid":"key-1"}"#
                let forged = token(header: header, claims: Self.goodClaims) {
                    Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: secret)))
                }
                let error = try await mesh.refusal(of: forged)
                #expect(error.code == (algorithm == "ES256" ? .signature : .algorithm))
            }
        }
    }

    @Test(
        "A right signature under another algorithm's name is refused",
        arguments: ["RS256", "ES384", "PS256", "EdDSA", "es256", "HS256"])
    func otherName(algorithm: String) async throws {
        let key = mesh.key
        let signing = try P256.Signing.PrivateKey(pemRepresentation: key.key.pemRepresentation)
        let header = #"{"alg":"\#(algorithm)","kid":"key-1"}"#
        let forged = token(header: header, claims: Self.goodClaims) {
            (try? signing.signature(for: $0).rawRepresentation) ?? Data()
        }
        #expect(try await mesh.refusal(of: forged).code == .algorithm)
        let right = token(header: #"{"alg":"ES256","kid":"key-1"}"#, claims: Self.goodClaims) {
            (try? signing.signature(for: $0).rawRepresentation) ?? Data()
        }
        #expect(try await mesh.verify(right).pod == Mesh.pod)
    }

    @Test("A key that the token brings along is not used")
    func embeddedKey() async throws {
        let own = TestKey("key-1")
        let signing = try P256.Signing.PrivateKey(pemRepresentation: own.key.pemRepresentation)
        let header = #"{"alg":"ES256","kid":"key-1","jwk":\#(own.jwk),"jku":"https://example.org/keys"}"#
        let forged = token(header: header, claims: Self.goodClaims) {
            (try? signing.signature(for: $0).rawRepresentation) ?? Data()
        }
        #expect(try await mesh.refusal(of: forged).code == .signature)
    }

    @Test("RS256 is verified with a key of a JSON Web Key Set, and only RS256")
    func rsa() async throws {
        let signed = try await TestRSA.make()
        let keys = try JSONWebKeySet(#"{"keys":[\#(signed.jwk),\#(mesh.key.jwk)]}"#)
        #expect(try await mesh.verify(signed.token, keys: keys).pod == Mesh.pod)
        #expect(try await mesh.verify(try await mesh.key.sign(), keys: keys).pod == Mesh.pod)
        // Under the id of the other key, each is refused.
        #expect(try await mesh.refusal(of: try await mesh.key.sign(kid: "rsa-1"), keys: keys).code == .algorithm)
        let parts = signed.token.split(separator: ".").map(String.init)
        let changed = "\(parts[0]).\(parts[1]).\(parts[2].dropLast(4))AAAA"
        #expect(try await mesh.refusal(of: changed, keys: keys).code == .signature)
        #expect(try await mesh.refusal(of: signed.otherToken, keys: keys).code == .signature)
        #expect(try await mesh.refusal(of: signed.longDigestToken, keys: keys).code == .algorithm)
        for secret in [signed.publicPEM, signed.jwk] {
            let header = #"{"alg":"HS256","kid":"rsa-1"}"#
            let forged = token(header: header, claims: Self.goodClaims) {
                Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Data(secret.utf8))))
            }
            #expect(try await mesh.refusal(of: forged, keys: keys).code == .algorithm)
        }
    }

    @Test("An unknown key id has the keys refreshed exactly once, a known one never")
    func refresh() async throws {
        let late = TestKey("key-2")
        let lateSet = try JSONWebKeySet(#"{"keys":[\#(late.jwk)]}"#)
        let known = CountingKeySet(try mesh.keySet(), refreshed: [lateSet])
        _ = try await mesh.verify(try await mesh.key.sign(), keys: known)
        #expect((known.plain, known.refreshes) == (1, 0))
        _ = try await mesh.verify(try await late.sign(), keys: known)
        #expect((known.plain, known.refreshes) == (2, 1))
        #expect(try await mesh.refusal(of: try await TestKey("key-3").sign(), keys: known).code == .unknownKey)
        #expect((known.plain, known.refreshes) == (3, 2))
        #expect(try await mesh.refusal(of: try await TestKey("key-1").sign(), keys: known).code == .signature)
        #expect((known.plain, known.refreshes) == (4, 2))
    }

    @Test("Keys that cannot be had are told from a bad token")
    func unreachable() async throws {
        let error = try await mesh.refusal(
            of: try await mesh.key.sign(), keys: CountingKeySet(try mesh.keySet(), isReachable: false))
        #expect(error.code == .keysUnavailable)
        #expect(error.cause is CountingKeySet.Unreachable)
    }

    @Test("No key is asked for a token that is too long or whose algorithm nobody knows")
    func beforeKeys() async throws {
        let keys = CountingKeySet(try mesh.keySet())
        let long = String(repeating: "a", count: 16 * 1024 + 1)
        #expect(try await mesh.refusal(of: long, keys: keys).code == .tooLong)
        #expect(
            try await mesh.refusal(
                of: try await mesh.key.sign() + String(repeating: "A", count: 16 * 1024), keys: keys
            ).code == .tooLong)
        let unsigned = token(header: #"{"alg":"none","kid":"key-1"}"#, claims: Self.goodClaims) { _ in Data() }
        #expect(try await mesh.refusal(of: unsigned, keys: keys).code == .algorithm)
        #expect((keys.plain, keys.refreshes) == (0, 0))
    }

    @Test(
        "What is no token is refused as such",
        arguments: [
            "", ".", "..", "...", "a.b", "a.b.c", "e30.e30.e30", "e30.e30.e30.e30", "{}.{}.{}", "\u{0}.\u{0}.\u{0}",
            "bnVsbA.e30.AAAA", "W10.e30.AAAA", "Bearer x.y.z", " e30.e30.AAAA", "é.é.é",
            String(repeating: ".", count: 16 * 1024),
            String(repeating: "W3", count: 4000) + ".e30.AAAA",
        ])
    func malformed(text: String) async throws {
        #expect(try await mesh.refusal(of: text).code == .malformed)
    }

    @Test("A token without a key id, with padding or with critical extensions is refused")
    func headers() async throws {
        for header in [
            #"{"alg":"ES256"}"#, #"{"alg":"ES256","kid":""}"#, #"{"alg":"ES256","kid":1}"#, #"{"kid":"key-1"}"#,
            #"{"alg":"ES256","kid":"key-1","crit":["b64"],"b64":false}"#,
        ] {
            let text = token(header: header, claims: Self.goodClaims) { _ in Data(repeating: 1, count: 64) }
            #expect(try await mesh.refusal(of: text).code == .malformed)
        }
        let padded = try await mesh.key.sign() + "=="
        #expect(try await mesh.refusal(of: padded).code == .malformed)
    }
}
