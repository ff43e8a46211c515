public import MeshModel

/// What release an API server is of.
public struct ServerVersion: Comparable, Hashable, Sendable, CustomStringConvertible {
    /// The major number.
    public let major: Int
    /// The minor number.
    public let minor: Int

    /// A release.
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Such as `1.20`.
    public var description: String { "\(major).\(minor)" }

    /// By number.
    public static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}

extension KubernetesClient {
    private struct VersionAnswer: Decodable {
        let major: String
        let minor: String
    }
    private struct Issuer: Decodable {
        let issuer: String?
    }
    private struct ResourceList: Decodable {
        struct Resource: Decodable { let name: String }
        let resources: [Resource]?
    }

    /// Which release the server is of.
    ///
    /// - Throws: ``KubernetesError``.
    public func serverVersion() async throws -> ServerVersion {
        let answer = try await send(.get(path: "/version")).decoded(as: VersionAnswer.self, "GET /version")
        // Some distributions add a sign: `1.29+`.
        return ServerVersion(
            major: Int(answer.major.prefix { $0.isNumber }) ?? 0, minor: Int(answer.minor.prefix { $0.isNumber }) ?? 0)
    }

    /// Whether the server has a kind in the version named.
    ///
    /// - Throws: ``KubernetesError``.
    public func serves(_ resource: APIResource) async throws -> Bool {
        let request = APIRequest.get(path: resource.versionPath)
        do {
            let list = try await send(request).decoded(as: ResourceList.self, request.action)
            return (list.resources ?? []).contains { $0.name == resource.plural }
        } catch let error as KubernetesError where error.code == .notFound {
            return false
        }
    }

    /// The newest version of a kind that both the mesh and the server know; `nil` if there is none.
    ///
    /// - Throws: ``KubernetesError``.
    public func servedVersion(of kind: ObjectKind) async throws -> String? {
        try await servedVersion(of: SourceKind(kind))
    }

    /// The same of a kind by its name.
    func servedVersion(of kind: SourceKind) async throws -> String? {
        for version in kind.versions where try await serves(APIResource(kind, version: version)) { return version }
        return nil
    }

    /// The keys that the server signs ServiceAccounts' tokens with, as a JSON Web Key Set.
    ///
    /// - Throws: ``KubernetesError``.
    public func keySet() async throws -> [UInt8] { try await send(.get(path: "/openid/v1/jwks")).body }

    /// The issuer that ServiceAccounts' tokens name; `nil` where the server does not tell.
    ///
    /// - Throws: ``KubernetesError``.
    public func issuer() async throws -> String? {
        let path = "/.well-known/openid-configuration"
        do {
            return try await send(.get(path: path)).decoded(as: Issuer.self, "GET \(path)").issuer
        } catch let error as KubernetesError where error.code == .notFound {
            return nil
        }
    }

    /// Whether the server has finished its start.
    ///
    /// - Throws: ``KubernetesError``, not for an answer that says no.
    func isReady() async throws -> Bool {
        do {
            _ = try await send(.get(path: "/readyz"))
            return true
        } catch let error as KubernetesError {
            switch error.code {
            // Nobody can tell: the answers count as they are.
            case .notFound, .forbidden, .unauthorized: return true
            case .unavailable, .tooManyRequests: return false
            default: throw error
            }
        }
    }
}
