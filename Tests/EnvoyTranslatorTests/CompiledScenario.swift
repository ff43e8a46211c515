import MeshModel
import PolicyCompiler
import TestInstruments
import XDSCache

@testable import ControlLoop

/// What a scenario becomes: what each proxy is sent, and what each author is told.
struct CompiledScenario: Sendable {
    /// What each proxy is sent, by the pod.
    var views: [ObjectName: [ResourceName: Resource]] = [:]
    /// What there is to say about objects; only where there is something.
    var diagnoses: [ObjectKey: Diagnosis] = [:]
    /// Names of which a view holds two variants: none, if the layers are right.
    var doubles: [ResourceName] = []

    /// Compiles the objects of a scenario.
    init(_ scenario: Scenario) {
        let trust = TrustBundle(trustDomains: scenario.trustDomains, rootsPEM: TestCertificate.certificate)
        let settings = MeshSettings(lazyThreshold: scenario.calls.map { _ in 0 })
        let graph = PolicyGraph(settings: settings, trust: trust)
        var difference = graph.apply(scenario.objects.map(\.change))
        for call in scenario.calls ?? [] {
            guard let uid = graph.view(of: call.pod)?.uid else { continue }
            let called = graph.apply([], demands: [AskingPod(name: call.pod, uid: uid): [call.address]])
            difference.layers.merge(called.layers) { $1 }
            difference.resources.merge(called.resources) { $1 }
        }
        let resources = difference.resources.mapValues { $0?.resources() ?? [] }
        for (pod, view) in difference.views {
            guard let view else { continue }
            var names: [ResourceName: Resource] = [:]
            for layer in view.layers {
                for derived in difference.layers[layer].flatMap({ $0 }) ?? [] {
                    for resource in resources[derived] ?? [] {
                        if names.updateValue(resource, forKey: resource.key.name) != nil {
                            doubles.append(resource.key.name)
                        }
                    }
                }
            }
            views[pod] = names
        }
        for (key, diagnosis) in difference.diagnoses {
            if let diagnosis, !diagnosis.isClean { diagnoses[key] = diagnosis }
        }
    }
}
