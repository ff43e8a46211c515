import Crypto
import Foundation
import JWTKit
import MeshModel

/// The claims of a token as a test wants them: what is `nil` is left out.
struct TestClaims: JWTPayload {
    struct Object: Codable, Sendable {
        var name: String?
        var uid: String?
    }

    struct Binding: Codable, Sendable {
        var namespace: String? = "shop"
        var pod: Object? = Object(name: "web-1", uid: "pod-uid")
        var serviceaccount: Object? = Object(name: "web", uid: "account-uid")
    }

    enum CodingKeys: String, CodingKey {
        case iss, aud, sub, exp, nbf, iat
        case binding = "kubernetes.io"
    }

    var iss: String? = TestClaims.issuer
    var aud: [String]? = ["osm-xds"]
    var sub: String? = "system:serviceaccount:shop:web"
    var exp: Double? = now.timeIntervalSince1970 + 3600
    var nbf: Double? = now.timeIntervalSince1970
    var iat: Double? = now.timeIntervalSince1970
    var binding: Binding? = Binding()

    static let issuer = "https://kubernetes.default.svc.cluster.local"

    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// These claims with a change.
    func with(_ change: (inout TestClaims) -> Void) -> TestClaims {
        var claims = self
        change(&claims)
        return claims
    }
}

/// The time at which the tests take place.
let now = Date(timeIntervalSince1970: 1_790_000_000)

/// A signing key of a test, with the key set that its public key is served in.
struct TestKey: Sendable {
    let id: String
    let key: ES256PrivateKey
    let publicPEM: String

    init(_ id: String = "key-1") {
        let key = P256.Signing.PrivateKey()
        self.id = id
        self.key = ES256PrivateKey(key)
        publicPEM = key.publicKey.pemRepresentation
    }

    func sign(_ claims: TestClaims = TestClaims(), kid: String? = nil) async throws -> String {
        try await JWTKeyCollection().add(ecdsa: key).sign(claims, header: ["kid": .string(kid ?? id)])
    }

    /// The public key as it stands in a JSON Web Key Set.
    var jwk: String {
        let parameters = key.parameters
        let (x, y) = (base64URL(parameters?.x ?? ""), base64URL(parameters?.y ?? ""))
        return #"{"use":"sig","kty":"EC","kid":"\#(id)","crv":"P-256","alg":"ES256","x":"\#(x)","y":"\#(y)"}"#
    }
}

extension ES256PrivateKey {
    fileprivate init(_ key: P256.Signing.PrivateKey) {
        do { try self.init(backing: key) } catch { preconditionFailure("a P-256 key is a key: \(error)") }
    }
}

/// A text in base64 in the alphabet for URLs, without padding.
func base64URL(_ base64: String) -> String {
    base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

/// A token with the header and claims as written, signed as told.
func token(header: String, claims: String, signature: (Data) -> Data) -> String {
    let parts = [header, claims].map { base64URL(Data($0.utf8).base64EncodedString()) }
    let message = parts.joined(separator: ".")
    return message + "." + base64URL(signature(Data(message.utf8)).base64EncodedString())
}
