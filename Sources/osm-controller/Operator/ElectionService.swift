import KubernetesClient
import ServiceLifecycle

/// The election as a service: it ends, and the lease is released, when the process shuts down.
struct ElectionService: ServiceLifecycle.Service, CustomStringConvertible {
    let election: LeaderElection

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await election.run() }
        } catch is CancellationError {
            // That is how it ends.
        }
    }

    var description: String { "leader election" }
}
