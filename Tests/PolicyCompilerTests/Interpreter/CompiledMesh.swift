import Incremental
import MeshModel
import MeshPolicy
import Oracle
import PolicyCompiler

/// The compiler, fed with objects as a control plane feeds it: by changes of single objects.
final class CompiledMesh {
    private let graph: Graph<MeshTables>
    private var objects = MeshObjects()

    init() {
        graph = Graph { MeshTables(in: $0, settings: MeshSettings()) }
        graph.inputs.apply(TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM"))
    }

    /// Changes what differs.
    func become(_ new: MeshObjects) {
        change(objects.namespaces, new.namespaces)
        change(objects.pods, new.pods)
        change(objects.services, new.services)
        change(objects.slices, new.slices)
        change(objects.configs, new.configs)
        change(objects.targets, new.targets)
        change(objects.groups, new.groups)
        change(objects.tcpRoutes, new.tcpRoutes)
        change(objects.splits, new.splits)
        change(objects.egresses, new.egresses)
        change(objects.ingressBackends, new.ingressBackends)
        change(objects.retries, new.retries)
        objects = new
    }

    private func change<Object: TableObject>(_ old: [ObjectName: Object], _ new: [ObjectName: Object]) {
        for name in old.keys where new[name] == nil { graph.inputs.apply(Object.change(for: .remove(name))) }
        for (name, object) in new where old[name] != object { graph.inputs.apply(Object.change(for: .set(object))) }
    }

    /// The proxy of a pod with everything in its view; `nil` if the pod has none.
    func proxy(of pod: ObjectName) -> CompiledProxy? {
        guard let view = graph.demand(PodView.self, pod) else { return nil }
        var proxy = CompiledProxy(identity: view.identity)
        for layer in view.layers {
            for resource in graph.demand(ViewLayer.self, layer) {
                guard let value = graph.demand(DerivedQuery.self, resource)?.value else {
                    proxy.faults.append("\(resource) is in the view and stands for nothing")
                    continue
                }
                proxy.take(value)
            }
        }
        proxy.checkClosure()
        return proxy
    }

    /// What the compiler says to the author of an object.
    func diagnosis(of key: ObjectKey) -> Diagnosis? { graph.demand(DiagnosisQuery.self, key) }
}
