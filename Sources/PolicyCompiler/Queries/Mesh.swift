public import Incremental
import MeshModel
public import MeshPolicy

/// Whether the mesh as a whole is in permissive mode.
enum IsMeshPermissive: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> Bool {
        mesh.config(.permissiveMode).traffic.enablePermissiveTrafficPolicyMode
    }
}

/// Whether connections out of the mesh pass through.
enum IsEgressPassthrough: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> Bool {
        mesh.config(.egress).traffic.enableEgress
    }
}

/// The mesh's TLS settings.
enum MeshTLS: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> TLSParameters {
        let sidecar = mesh.config(.tls).sidecar
        return TLSParameters(
            minimum: sidecar.tlsMinProtocolVersion ?? .v1_2, maximum: sidecar.tlsMaxProtocolVersion ?? .v1_3,
            cipherSuites: sidecar.cipherSuites, ecdhCurves: sidecar.ecdhCurves)
    }
}

/// The domains in which clients are named: those of servers, and those that open connections may bear still.
enum ClientTrustDomains: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> [String] {
        let former = mesh(\.trustBundle, .one).first?.formerTrustDomains ?? []
        return Set(mesh(TrustDomains.self, .one)).union(former).sorted()
    }
}

/// The domains in which servers are named: sorted, without duplicates, at least one.
///
/// Peers are accepted under each of them. Which of them is signed for makes no difference, so that the change of that
/// changes nothing that proxies have.
enum TrustDomains: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> [String] {
        let domains = Set(mesh(\.trustBundle, .one).first?.trustDomains ?? []).sorted()
        return domains.isEmpty ? [MeshRootCertificate.usualTrustDomain] : domains
    }
}

/// The certificates that every proxy trusts.
public enum RootsQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_: Whole, _ mesh: MeshReader) -> Roots {
        Roots(pem: mesh(\.trustBundle, .one).first?.rootsPEM ?? "")
    }
}

/// Whether a namespace is in the mesh, and in which mode its services are.
package enum NamespaceMode: MeshQuery {
    package enum Mode: Equatable, Sendable {
        /// Not in the mesh.
        case outside
        /// Every client of the mesh may call.
        case permissive
        /// TrafficTargets tell who may call.
        case smi
    }

    package static func evaluate(_ namespace: String, _ mesh: MeshReader) -> Mode {
        guard let row = mesh(\.meshNamespaceByName, namespace).first else { return .outside }
        // A malformed annotation is reported on the namespace and counts as absent.
        let isPermissive = row.object.permissiveMode ?? mesh(IsMeshPermissive.self, .one)
        return isPermissive ? .permissive : .smi
    }
}
