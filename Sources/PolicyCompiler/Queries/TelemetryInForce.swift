import Incremental
import MeshModel

/// The Telemetry in force for pods with the given labels in a namespace; `nil` for none.
enum TelemetryInForce: MeshQuery {
    struct Key: Hashable, Sendable {
        let namespace: String
        let labels: [String: String]
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> ObjectName? { nil }
}
