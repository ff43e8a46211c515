import MeshModel
import Oracle
import PolicyCompiler
import TestInstruments
import Testing

@Suite("The compiler and the oracle")
struct DifferentialTests {
    /// The answers that a run must have seen, lest the comparison prove nothing.
    private static let expectedAnswers = [
        "address owned", "pod's address owned", "address free", "reached", "not reached", "proxy", "no proxy", "egress",
        "split", "undivided", "nowhere", "split TCP", "undivided TCP", "nowhere TCP", "direct", "endpoints",
        "no endpoints", "identities", "allowed", "refused", "any peer", "allowed TCP", "refused TCP", "any peer TCP",
        "not served", "ingress closed", "ingress unproven", "ingress refused", "ingress allowed",
        "egress closed", "egress carried", "egress forbidden", "egress sent", "egress sent on",
        "accepted object", "refused object", "resolved", "unresolved", "retry", "no retry", "accepted Retry",
        "refused Retry", "resolved Retry", "unresolved Retry",
    ]

    @Test("agree on random meshes and requests")
    func agree() {
        var comparison = Comparison()
        var meshes = 0
        for seed in 0..<(isSoak ? 100 : 10) {
            var mesh = RandomMesh(seed: UInt64(seed))
            let compiled = CompiledMesh()
            for round in 0..<25 {
                if round > 0 { for _ in 0..<mesh.random.pick(1, 2, 4, 16) { mesh.edit() } }
                compiled.become(mesh.objects)
                comparison.ask(compiled, mesh.objects, &mesh)
                meshes += 1
                guard comparison.differences.isEmpty else {
                    let differences = comparison.differences.prefix(5).joined(separator: "\n")
                    Issue.record("seed \(seed), round \(round): \(differences)")
                    return
                }
            }
        }
        #expect(comparison.questions >= (isSoak ? 200_000 : 20_000))
        for answer in Self.expectedAnswers {
            #expect(comparison.answers[answer, default: 0] >= 100, "hardly any answer was \(answer)")
        }
        let answers = comparison.answers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print(
            "figure: compiler and oracle agree on \(comparison.questions) questions about \(meshes) meshes: "
                + answers.joined(separator: ", "))
    }

    /// What the compiler is told otherwise than the oracle.
    enum Mistake: CaseIterable {
        case mode, egress, target, source, route, method, path, header, port, weight, split, apex, readiness, uid, age,
            headless, ingress, ingressSource, ingressProof, ingressHost, retry, egressHost, egressRange,
            egressAge, egressProtocol, egressMatch
    }

    @Test("are noticed to disagree when the compiler has been told something else", arguments: Mistake.allCases)
    func disagree(mistake: Mistake) {
        let isNoticed = (0..<60).contains { seed in
            var mesh = RandomMesh(seed: UInt64(seed))
            let compiled = CompiledMesh()
            compiled.become(mesh.objects.with(mistake))
            var comparison = Comparison()
            for _ in 0..<8 { comparison.ask(compiled, mesh.objects, &mesh) }
            return !comparison.differences.isEmpty
        }
        #expect(isNoticed)
    }
}

extension MeshObjects {
    /// The objects with something wrong in all of them.
    fileprivate func with(_ mistake: DifferentialTests.Mistake) -> MeshObjects {
        var other = self
        switch mistake {
        case .mode: other.configs.changeEach { $0.traffic.enablePermissiveTrafficPolicyMode.toggle() }
        case .egress: other.configs.changeEach { $0.traffic.enableEgress.toggle() }
        case .target: other.targets = [:]
        case .source: other.targets.changeEach { $0.sources = Array($0.sources.prefix(1)) }
        case .route: other.tcpRoutes = [:]
        case .method: other.groups.changeEach { $0.matches = $0.matches.map { $0.with { $0.methods = [] } } }
        case .path: other.groups.changeEach { $0.matches = $0.matches.map { $0.with { $0.pathRegex = nil } } }
        case .header: other.groups.changeEach { $0.matches = $0.matches.map { $0.with { $0.headers = [:] } } }
        case .port: other.tcpRoutes.changeEach { $0.ports = [] }
        case .weight:
            other.splits.changeEach { $0.backends = $0.backends.map { .init(service: $0.service, weight: 3) } }
        case .split: other.splits.changeEach { $0.matches = [] }
        case .apex: other.splits = [:]
        case .readiness: other.slices.changeEach { $0.endpoints = $0.endpoints.map { $0.with { $0.isReady = true } } }
        case .uid: other.slices.changeEach { $0.endpoints = $0.endpoints.map { $0.with { $0.pod?.uid = "" } } }
        case .headless: other.services.changeEach { $0.clusterIPs = [] }
        case .egressHost: other.egresses.changeEach { $0.hosts = Array($0.hosts.prefix(1)) }
        case .egressRange: other.egresses.changeEach { $0.ipAddresses = [] }
        case .egressAge:
            other.egresses.changeEach { policy in
                // The oldest are the youngest.
                policy.metadata.creation = Timestamp(seconds: 9 - (policy.metadata.creation?.seconds ?? 9))
            }
        case .egressProtocol:
            other.egresses.changeEach { $0.ports = $0.ports.map { .init(number: $0.number, protocolName: "tcp") } }
        case .egressMatch: other.egresses.changeEach { $0.matches = [] }
        case .ingress: other.ingressBackends = [:]
        case .ingressSource: other.ingressBackends.changeEach { $0.sources = Array($0.sources.prefix(1)) }
        case .ingressProof:
            other.ingressBackends.changeEach {
                $0.backends = $0.backends.map { $0.with { $0.tls?.skipClientCertValidation.toggle() } }
            }
        case .ingressHost:
            other.ingressBackends.changeEach { $0.backends = $0.backends.map { $0.with { $0.tls?.sniHosts = [] } } }
        case .retry: other.retries = [:]
        case .age: other.services.changeEach { $0.metadata.creation = nil }
        }
        return other
    }
}

extension Dictionary {
    fileprivate mutating func changeEach(_ change: (inout Value) -> Void) {
        self = mapValues { value in
            var changed = value
            change(&changed)
            return changed
        }
    }
}

extension HTTPRouteGroup.Match {
    fileprivate func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}

extension IngressBackend.Backend {
    fileprivate func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}

extension EndpointSlice.Endpoint {
    fileprivate func with(_ change: (inout Self) -> Void) -> Self {
        var changed = self
        change(&changed)
        return changed
    }
}
