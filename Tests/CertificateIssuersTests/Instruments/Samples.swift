import CertificateAuthority
import Foundation
import MeshModel

/// What tests ask for where they do not care.
enum Sample {
    static let identity = ServiceIdentity(namespace: "shop", serviceAccount: "web")

    static func request(
        _ account: String = "web", trustDomain: String = "cluster.local", validity: Duration = .seconds(3600),
        hasURI: Bool = false
    ) -> LeafRequest {
        LeafRequest(
            identity: ServiceIdentity(namespace: "shop", serviceAccount: account), trustDomain: trustDomain,
            validity: validity, hasURI: hasURI)
    }

    static let probe = LeafRequest(
        identity: ServiceIdentity(namespace: "osm-system", serviceAccount: "osm-controller"),
        trustDomain: "cluster.local", validity: .seconds(60), hasURI: false)
}

/// The failure of something; `nil` if it did not fail, or in another way.
func issuerFailure(of body: () async throws -> Void) async -> IssuerFailure? {
    do {
        try await body()
        return nil
    } catch { return error as? IssuerFailure }
}

/// Waits until something holds.
///
/// - Returns: Whether it did within a minute.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return false
}
