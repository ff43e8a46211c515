internal import Incremental
package import MeshModel
internal import MeshPolicy
package import PolicyCompiler

/// The tables, the queries, and what of them is demanded.
///
/// Demand starts at the pods: the layers that some pod's view has, and the resources that some layer holds, are
/// kept current; every object that users write has its diagnosis kept current. One task owns the graph.
package final class PolicyGraph {
    let graph: Graph<MeshTables>
    private(set) var views: [ObjectName: PodView.View] = [:]
    /// What is remembered of calls, beside the table of it.
    var calls = CallMemory()
    private var layers: [ViewLayer.Key: [DerivedResource]] = [:]
    private var layerUses = UseCounts<ViewLayer.Key>()
    private var resourceUses = UseCounts<DerivedResource>()
    private var demandedPods: Set<ObjectName> = []
    private var diagnosed: Set<ObjectKey> = []
    /// Values that were not handed over yet.
    private var fresh: [(DerivedResource, DerivedValue)] = []

    /// What a batch of changes made different.
    package struct Difference {
        /// The proxies that are new or changed; `nil` for those that are gone, by their former view.
        package var views: [ObjectName: PodView.View?] = [:]
        /// The layers that are new or changed; `nil` for those that no proxy has any more.
        package var layers: [ViewLayer.Key: [DerivedResource]?] = [:]
        /// Who decides what is in these layers, where that changed; `nil` for layers that no proxy has any more.
        package var deciders: [ViewLayer.Key: [ObjectKey]?] = [:]
        /// The resources that are new or whose value changed; `nil` for those that no layer holds any more.
        package var resources: [DerivedResource: DerivedValue?] = [:]
        /// Resources of which a former value was handed over: the value that counts is in ``resources`` alone.
        package var restated: Set<DerivedResource> = []
        /// The diagnoses that changed; `nil` for those of objects that are gone.
        package var diagnoses: [ObjectKey: Diagnosis?] = [:]
        /// What is remembered of the calls of identities, where pods called something new or somebody did not know it
        /// any more.
        package var demands: [ServiceIdentity: IdentityDemand] = [:]
        /// What was called and is forgotten: nothing of it is in ``demands``.
        package var forgotten: [ServiceIdentity: Set<ServicePort>] = [:]
    }

    /// How many values are handed over at once, if there are so many: fewer are not worth a task.
    package static let handedOver = 64

    /// An empty mesh.
    package init(settings: MeshSettings, trust: TrustBundle) {
        graph = Graph { MeshTables(in: $0, settings: settings) }
        graph.inputs.apply(trust)
    }

    /// How many query bodies have run so far.
    package var evaluations: Int { graph.evaluations }
    /// How many values and index buckets are held.
    package var nodeCount: Int { graph.nodeCount }

    /// Sets what the mesh trusts; takes effect with the next ``apply(_:demands:calls:at:)``.
    package func apply(_ trust: TrustBundle) { graph.inputs.apply(trust) }

    /// Puts a batch into the tables, and brings everything that is demanded up to date.
    ///
    /// - Parameters:
    ///   - demands: Addresses that pods have called and that their proxies did not know.
    ///   - news: What other controllers remember of calls.
    ///   - now: The time since this graph was made, by which what nobody uses for long is forgotten.
    ///   - handOver: Called with each value of a resource that is new or changed, some at a time, while others are still
    ///     computed; they are in the difference, too, unless nobody needs them in the end.
    package func apply(
        _ batch: [TableChange], demands: [AskingPod: Set<SocketAddress>] = [:], calls news: CallNews = CallNews(),
        at now: Duration = .zero, handOver: ([(DerivedResource, DerivedValue)]) -> Void = { _ in }
    ) -> Difference {
        var difference = Difference()
        calls.now = now
        for change in batch {
            noteEdit(by: change)
            graph.inputs.apply(change)
        }
        graph.noteLazyBeginning()
        takeUp(news, &difference)
        for (pod, addresses) in demands.sorted(by: { ($0.key.name, $0.key.uid) < ($1.key.name, $1.key.uid) }) {
            // Who sees everything has nothing to ask.
            guard let view = views[pod.name], view.uid == pod.uid, view.egress.isLazy else { continue }
            if let demand = graph.note(addresses, calledBy: view.identity) {
                difference.demands[view.identity] = demand
                calls.changed.insert(view.identity)
            }
        }
        settleArrivals(&difference)
        for change in batch {
            updateDemand(for: change, &difference)
            if fresh.count >= Self.handedOver { handOverFresh(handOver) }
        }
        for (name, view) in graph.takeChanges(to: PodView.self) { setView(view, of: name, &difference) }
        forgetAccounts(removedBy: batch, &difference)
        forgetUnused(&difference)
        for (key, content) in graph.takeChanges(to: ViewLayer.self) { setLayer(content, key, &difference) }
        for (key, deciders) in graph.takeChanges(to: LayerOriginsQuery.self) {
            difference.deciders[key] = .some(deciders)
        }
        for (resource, value) in graph.takeChanges(to: DerivedQuery.self) {
            let former = difference.resources.updateValue(value, forKey: resource) ?? nil
            guard let value, former != value else { continue }
            // What was handed over since it was demanded is not what counts any more.
            if former != nil { difference.restated.insert(resource) } else { fresh.append((resource, value)) }
            if fresh.count >= Self.handedOver { handOverFresh(handOver) }
        }
        handOverFresh(handOver)
        for (key, diagnosis) in graph.takeChanges(to: DiagnosisQuery.self) {
            difference.diagnoses[key] = .some(diagnosis)
        }
        return difference
    }

    /// Takes up what another graph remembers of calls; takes effect with the next ``apply(_:demands:calls:at:)``.
    package func remember(_ demand: IdentityDemand) {
        graph.remember(demand)
        calls.changed.insert(demand.id)
    }

    /// Whether a change would make a difference.
    package func differs(_ change: TableChange) -> Bool { graph.inputs.differs(change) }

    /// The layers of a pod's proxy as they were last computed; `nil` without a proxy.
    package func view(of pod: ObjectName) -> PodView.View? { views[pod] }

    /// A pod in the tables is a demand for its view, an object that somebody writes one for its diagnosis.
    private func updateDemand(for change: TableChange, _ difference: inout Difference) {
        let key = change.key
        if key.kind == .pod {
            if change.isRemoval {
                if demandedPods.remove(key.name) != nil {
                    graph.release(PodView.self, key.name)
                    setView(nil, of: key.name, &difference)
                }
            } else if demandedPods.insert(key.name).inserted {
                setView(graph.demand(PodView.self, key.name), of: key.name, &difference)
            }
        }
        if change.isRemoval {
            guard diagnosed.remove(key) != nil else { return }
            graph.release(DiagnosisQuery.self, key)
            difference.diagnoses[key] = .some(nil)
        } else if change.isDiagnosed, diagnosed.insert(key).inserted {
            difference.diagnoses[key] = .some(graph.demand(DiagnosisQuery.self, key))
        }
    }

    private func handOverFresh(_ handOver: ([(DerivedResource, DerivedValue)]) -> Void) {
        handOver(fresh)
        fresh = []
    }

    private func setView(_ view: PodView.View?, of pod: ObjectName, _ difference: inout Difference) {
        let old = views[pod]
        guard old != view else { return }
        if let old, old.identity != view?.identity { calls.left(old.identity) }
        views[pod] = view
        difference.views[pod] = .some(view)
        // New layers are held before old ones are let go, so that what both hold is kept.
        for key in view?.layers ?? [] where layerUses.hold(key) {
            setLayer(graph.demand(ViewLayer.self, key), key, &difference)
            difference.deciders[key] = .some(graph.demand(LayerOriginsQuery.self, key))
        }
        for key in old?.layers ?? [] where layerUses.release(key) {
            graph.release(ViewLayer.self, key)
            graph.release(LayerOriginsQuery.self, key)
            difference.deciders[key] = .some(nil)
            setLayer(nil, key, &difference)
        }
    }

    private func setLayer(_ content: [DerivedResource]?, _ key: ViewLayer.Key, _ difference: inout Difference) {
        let old = layers[key]
        guard old != content else { return }
        layers[key] = content
        difference.layers[key] = .some(content)
        // Of a layer of thousands mostly a few differ.
        let changes = ListDifference(from: old ?? [], to: content ?? [])
        for resource in changes.added where resourceUses.hold(resource) {
            let value = graph.demand(DerivedQuery.self, resource)
            let isKnown = difference.resources.updateValue(value, forKey: resource) != nil
            guard let value else { continue }
            // It was let go in this batch: what was handed over before that does not count any more.
            if isKnown { difference.restated.insert(resource) } else { fresh.append((resource, value)) }
        }
        for resource in changes.removed where resourceUses.release(resource) {
            graph.release(DerivedQuery.self, resource)
            difference.resources[resource] = .some(nil)
        }
    }
}

extension TableChange {
    /// Whether the object's author wants to hear about it even if it is well-formed: not so for what
    /// Kubernetes writes in great numbers.
    fileprivate var isDiagnosed: Bool {
        switch self {
        case .pod(_, let row): row?.isValid == false
        case .endpointSlice(_, let row): row?.isValid == false
        case .serviceAccount(_, let row): row?.isValid == false
        default: true
        }
    }
}
