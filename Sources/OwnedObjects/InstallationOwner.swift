public import KubernetesClient
internal import MeshModel
internal import Synchronization

/// What owns the objects that the controller makes outside its own namespace: its ClusterRole, so that they go when the
/// installation is removed, by the garbage collection of Kubernetes.
public final class InstallationOwner: Sendable {
    /// What is known of it.
    enum Answer: Equatable {
        /// There is one.
        case present(JSONContent)
        /// There never was one: the objects have no owner.
        case absent
        /// There was one: the installation is being removed, and nothing is written any more.
        case removed
    }

    private struct Role: Decodable {
        struct Metadata: Decodable { let uid: String }
        let metadata: Metadata
    }

    private struct State {
        var answer: Answer?
        var asked: ContinuousClock.Instant?
    }

    /// An answer is good for so long.
    private static let freshness = Duration.seconds(30)

    private let client: KubernetesClient
    private let name: String
    private let state = Mutex(State())

    /// The ClusterRole of a name.
    public init(client: KubernetesClient, clusterRole name: String) {
        self.client = client
        self.name = name
    }

    /// What is known of it now.
    ///
    /// - Throws: `KubernetesError` where the API server does not tell.
    func answer() async throws -> Answer {
        let (known, asked) = state.withLock { ($0.answer, $0.asked) }
        if let known, let asked, asked.duration(to: .now) < Self.freshness { return known }
        let uid: String?
        do {
            uid = try await client.get(.clusterRole, ObjectName(namespace: "", name: name), as: Role.self)?.metadata.uid
        } catch let error as KubernetesError where error.code == .forbidden {
            uid = nil
        }
        let answer: Answer
        if let uid {
            answer = .present([
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "name": .string(name),
                "uid": .string(uid),
            ])
        } else {
            answer = known == nil || known == .absent ? .absent : .removed
        }
        state.withLock { $0 = State(answer: answer, asked: .now) }
        return answer
    }
}
