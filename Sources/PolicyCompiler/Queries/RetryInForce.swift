import Incremental
import MeshModel

/// Whether Retries name an identity as their source.
enum HasRetries: MeshQuery {
    static func evaluate(_ client: ServiceIdentity, _ mesh: MeshReader) -> Bool { false }
}

/// The Retry in force for a client at a service port; `nil` for none.
enum RetryInForce: MeshQuery {
    struct Key: Hashable, Sendable {
        let client: ServiceIdentity
        let port: ServicePort
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> ObjectName? { nil }
}
