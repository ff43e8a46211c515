import Incremental
import MeshModel
import MeshPolicy

/// The Telemetry in force for pods with the given labels in a namespace; `nil` for none.
///
/// The most specific one holds, the oldest of several: one of the namespace that selects the pod, one of the
/// controller's namespace that does, one for the whole namespace, one for the whole mesh.
enum TelemetryInForce: MeshQuery {
    struct Key: Hashable, Sendable {
        let namespace: String
        let labels: [String: String]
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> ObjectName? {
        let meshWide = mesh.constant(\.settings).osmNamespace
        var best: (rank: Int, seniority: Seniority)?
        for namespace in Set([key.namespace, meshWide]).sorted() {
            for row in mesh(\.telemetriesByNamespace, namespace) {
                guard let telemetry = row.valid, telemetry.selects(key.labels) else { continue }
                let isOwn = namespace == key.namespace
                let rank = (telemetry.selector.isEmpty ? 2 : 0) + (isOwn ? 0 : 1)
                let seniority = telemetry.metadata.seniority
                if let best, (best.rank, best.seniority) < (rank, seniority) { continue }
                best = (rank, seniority)
            }
        }
        return best?.seniority.name
    }
}

/// The service that an ExtensionService describes; `nil` if there is none, or it is not valid.
enum ExtensionServiceAddress: MeshQuery {
    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> OutsideService? {
        guard let service = mesh(\.extensionServiceByName, name).first?.valid else { return nil }
        return OutsideService(
            host: service.host, port: UInt16(clamping: service.port), speaksHTTP2: service.wireFormat != .http1,
            connectTimeout: GoDuration(service.connectTimeout)?.duration)
    }
}
