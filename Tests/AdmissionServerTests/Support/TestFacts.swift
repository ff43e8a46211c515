import AdmissionServer
import Injector
import MeshModel
import Synchronization

/// What a controller would know.
final class TestFacts: AdmissionFacts {
    private struct State {
        var mesh: Set<String> = ["shop"]
        var rivals: [ObjectName] = []
        /// Namespaces that join the mesh later.
        var late: Set<String> = []
        var waited: [Duration] = []
    }

    private let state = Mutex(State())

    init(rivals: [ObjectName] = [], late: Set<String> = []) {
        state.withLock {
            $0.rivals = rivals
            $0.late = late
        }
    }

    /// All that were to join the mesh later have joined.
    func joined() { state.withLock { $0.mesh.formUnion($0.late) } }

    var meshConfig: MeshConfig? { .absent }
    /// How long it was to wait, each time.
    var waited: [Duration] { state.withLock { $0.waited } }

    func meshNamespace(_ name: String, waitingAtMost limit: Duration) async -> Namespace? {
        state.withLock { $0.waited.append(limit) }
        while limit > .zero, state.withLock({ $0.late.subtracting($0.mesh).contains(name) }) {
            guard (try? await Task.sleep(for: .milliseconds(2))) != nil else { return nil }
        }
        guard state.withLock({ $0.mesh.contains(name) }) else { return nil }
        return Namespace(metadata: .init(name: name, labels: [MeshLabels.monitoredBy: "osm"]))
    }

    func rivals(of object: any MeshObject) -> [ObjectName] { state.withLock { $0.rivals } }
}

/// Gives a pod what its label `outcome` says.
struct TestMutation: PodMutation {
    struct Pod: Decodable, Sendable {
        struct Metadata: Decodable, Sendable { let labels: [String: String]? }
        let metadata: Metadata
    }

    func outcome(
        of pod: Pod, requestUID: String, namespaceName: String, namespace: Namespace?, config: MeshConfig
    ) -> InjectionOutcome {
        switch pod.metadata.labels?["outcome"] {
        case "patched":
            .patched(
                patch: Array(#"[{"op":"add","path":"/metadata/labels/osm-proxy-uuid","value":"\#(requestUID)"}]"#.utf8),
                warnings: ["beware"])
        case "denied": .denied("pod \(namespaceName)/x cannot be")
        default: .unchanged
        }
    }
}

/// Reviews as an API server sends them.
enum Review {
    /// A review of the creation of a pod.
    static func pod(
        outcome: String = "patched", namespace: String = "shop", uid: String = "u-1", operation: String = "CREATE",
        kind: String = "Pod"
    ) -> String {
        """
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"\(uid)",
        "kind":{"group":"","version":"v1","kind":"\(kind)"},"namespace":"\(namespace)","operation":"\(operation)",
        "dryRun":true,"object":{"metadata":{"generateName":"web-","labels":{"outcome":"\(outcome)"}}}}}
        """
    }

    /// A review of an object of a policy kind; without a former one it is created.
    static func policy(_ object: String, former: String? = nil, kind: String, operation: String? = nil) -> String {
        """
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-2",
        "kind":{"group":"policy.openservicemesh.io","version":"v1alpha1","kind":"\(kind)"},"namespace":"shop",
        "name":"it","operation":"\(operation ?? (former == nil ? "CREATE" : "UPDATE"))","object":\(object),
        "oldObject":\(former ?? "null")}}
        """
    }
}
