import Incremental
import MeshModel
import MeshPolicy

/// Which Retry holds for each scope that a client's Retries name: of several the oldest.
///
/// Unchanged while only what the Retries say of their scopes changes.
enum ClientRetries: MeshQuery {
    static func evaluate(_ client: ServiceIdentity, _ mesh: MeshReader) -> [Retry.Scope: ObjectName] {
        var holders: [Retry.Scope: ObjectName] = [:]
        let retries = mesh(\.retriesBySource, client).filter { mesh(NamespaceMode.self, $0.id.namespace) != .outside }
        for row in retries.sorted(by: { $0.object.metadata.seniority < $1.object.metadata.seniority }) {
            for scope in row.object.scopes where holders[scope] == nil { holders[scope] = row.id }
        }
        return holders
    }
}

/// Whether a client's requests have routes of their own, since Retries name it as their source.
enum HasRetries: MeshQuery {
    static func evaluate(_ client: ServiceIdentity, _ mesh: MeshReader) -> Bool {
        !mesh(ClientRetries.self, client).isEmpty
    }
}

/// The Retry in force for a client at a service: the one that names it before those that name it among others.
enum RetryInForce {
    static func at(_ service: ObjectName, among holders: [Retry.Scope: ObjectName]) -> ObjectName? {
        holders.isEmpty ? nil : Retry.Scope.containing(service).lazy.compactMap { holders[$0] }.first
    }
}

/// What a Retry asks of proxies; `nil` if there is no valid one.
enum RetryRequest: MeshQuery {
    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> RequestRetry? {
        guard let policy = mesh(\.retryByName, name).first?.valid?.policy else { return nil }
        func span(_ text: String) -> Duration? {
            GoDuration(text).map(\.duration).flatMap { $0 == .zero ? nil : $0 }
        }
        return RequestRetry(
            conditions: policy.conditions,
            statusCodes: Set(policy.retriableStatusCodes.map { UInt32(clamping: $0) }).sorted(),
            attempts: UInt32(clamping: policy.numRetries ?? 0), perTryTimeout: span(policy.perTryTimeout),
            pause: span(policy.retryBackoffBaseInterval))
    }
}
