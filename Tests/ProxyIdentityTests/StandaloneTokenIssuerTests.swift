import Foundation
import MeshModel
import ProxyIdentity
import Testing

@Suite("The standalone issuer of tokens")
struct StandaloneTokenIssuerTests {
    /// A directory of a test's own, removed with it.
    private final class Scratch {
        let path: String

        init() throws {
            let directory = NSTemporaryDirectory() + "osm-tokens-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            path = directory + "/token-key.pem"
        }

        deinit { try? FileManager.default.removeItem(atPath: String(path.dropLast("/token-key.pem".count))) }
    }

    private let directory = FakeDirectory(
        .init(
            pods: [Mesh.pod: KnownPod(uid: "pod-uid", identity: Mesh.identity)],
            serviceAccounts: [Mesh.account: "account-uid"]))

    private func issue(
        _ issuer: StandaloneTokenIssuer, serviceAccount: ObjectName = Mesh.account, validity: Duration = .seconds(3600)
    ) async throws -> String {
        try await issuer.issue(
            pod: Mesh.pod, podUID: "pod-uid", serviceAccount: serviceAccount, serviceAccountUID: "account-uid",
            validity: validity, now: now)
    }

    private func verify(_ token: String, by issuer: StandaloneTokenIssuer, at time: Date = now) async throws
        -> VerifiedProxy
    {
        try await ProxyTokenVerifier(issuer: StandaloneTokenIssuer.issuer, keySet: issuer, directory: directory)
            .verify(token, now: time)
    }

    @Test("Its tokens are believed by whoever has its public key, until they expire")
    func roundTrip() async throws {
        let scratch = try Scratch()
        let issuer = try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        let token = try await issue(issuer)
        let proxy = try await verify(token, by: issuer)
        #expect(proxy.identity == Mesh.identity)
        #expect(proxy.expiry == now.addingTimeInterval(3600))
        let error = await #expect(throws: ProxyIdentityError.self) {
            try await verify(token, by: issuer, at: now.addingTimeInterval(3600))
        }
        #expect(error?.code == .expired)
    }

    @Test("The claims are those of the API server's bound tokens")
    func claims() async throws {
        let scratch = try Scratch()
        let issuer = try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        let parts = try await issue(issuer).split(separator: ".").map(String.init)
        func object(_ part: String) throws -> NSDictionary {
            let base64 = part.replacing("-", with: "+").replacing("_", with: "/")
            let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
            let bytes = try #require(Data(base64Encoded: padded))
            return try #require(try JSONSerialization.jsonObject(with: bytes) as? NSDictionary)
        }
        let binding: NSDictionary = [
            "namespace": "shop", "pod": ["name": "web-1", "uid": "pod-uid"],
            "serviceaccount": ["name": "web", "uid": "account-uid"],
        ]
        let expected: NSDictionary = [
            "iss": "https://osm.standalone", "aud": ["osm-xds"], "sub": "system:serviceaccount:shop:web",
            "iat": 1_790_000_000, "nbf": 1_790_000_000, "exp": 1_790_003_600, "kubernetes.io": binding,
        ]
        #expect(try object(parts[1]) == expected)
        let header = try object(parts[0])
        #expect(header["alg"] as? String == "ES256")
        #expect(header["kid"] as? String == (try await issuer.keys(refreshing: false)).first?.id)
    }

    @Test("The key is in a file of mode 0600 and outlives a restart")
    func restart() async throws {
        let scratch = try Scratch()
        let token = try await issue(try StandaloneTokenIssuer.loadOrCreate(at: scratch.path))
        let contents = try String(contentsOfFile: scratch.path, encoding: .utf8)
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let restarted = try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        #expect(try await verify(token, by: restarted).pod == Mesh.pod)
        #expect(try String(contentsOfFile: scratch.path, encoding: .utf8) == contents)
    }

    @Test("Of many tasks that start together all have one key")
    func tasks() async throws {
        let scratch = try Scratch()
        let path = scratch.path
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await StandaloneTokenIssuer.loadOrCreate(at: path).keys(refreshing: false).first?.id
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ids.count == 8)
        #expect(Set(ids).count == 1)
    }

    @Test("Another issuer's tokens are refused")
    func others() async throws {
        let (one, other) = (try Scratch(), try Scratch())
        let token = try await issue(try StandaloneTokenIssuer.loadOrCreate(at: one.path))
        let issuer = try StandaloneTokenIssuer.loadOrCreate(at: other.path)
        let error = await #expect(throws: ProxyIdentityError.self) { try await verify(token, by: issuer) }
        #expect(error?.code == .unknownKey)
    }

    @Test(
        "A damaged file, or one that others may read, is refused, named and kept",
        arguments: ["damaged", "empty", "open", "RSA"])
    func badFile(kind: String) throws {
        let scratch = try Scratch()
        _ = try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        var text = try String(contentsOfFile: scratch.path, encoding: .utf8)
        let key = text.split(separator: "\n")[1]
        switch kind {
        case "damaged": text = String(text.dropLast(60))
        case "empty": text = ""
        case "RSA": text = try TestRSA.pem()
        default: break
        }
        try Data(text.utf8).write(to: URL(filePath: scratch.path))
        try FileManager.default.setAttributes(
            [.posixPermissions: kind == "open" ? 0o644 : 0o600], ofItemAtPath: scratch.path)
        let error = try #require(throws: ProxyIdentityError.self) {
            try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        }
        #expect(error.code == .file)
        #expect(error.message.hasPrefix(scratch.path))
        #expect(!"\(error)".contains(key.prefix(12)))
        #expect(try String(contentsOfFile: scratch.path, encoding: .utf8) == text)
    }

    @Test("A token that could never be believed is not issued")
    func impossible() async throws {
        let scratch = try Scratch()
        let issuer = try StandaloneTokenIssuer.loadOrCreate(at: scratch.path)
        for account in [ObjectName(namespace: "other", name: "web"), ObjectName(namespace: "shop", name: "")] {
            let error = await #expect(throws: ProxyIdentityError.self) {
                try await issue(issuer, serviceAccount: account)
            }
            #expect(error?.code == .issuing)
        }
        for validity in [Duration.zero, .seconds(-5), .seconds(Int64.max)] {
            let error = await #expect(throws: ProxyIdentityError.self) { try await issue(issuer, validity: validity) }
            #expect(error?.code == .issuing)
        }
    }
}
