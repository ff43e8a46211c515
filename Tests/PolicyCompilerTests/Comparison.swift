import MeshModel
import MeshPolicy
import Oracle
import PolicyCompiler

/// Asks the compiler and the oracle the same questions about one mesh.
struct Comparison {
    /// How often which answer was given.
    private(set) var answers: [String: Int] = [:]
    /// Where the two did not agree, in words.
    private(set) var differences: [String] = []

    /// The number of questions so far.
    var questions: Int { answers.values.reduce(0, +) }

    mutating func check<Answer: Equatable>(
        _ kind: String, _ compiled: Answer, _ expected: Answer, _ question: @autoclosure () -> String
    ) {
        answers[kind, default: 0] += 1
        guard compiled != expected else { return }
        differences.append("\(question()): compiled \(compiled), expected \(expected)")
    }

    /// Asks about everything that the names of a mesh allow, with random requests.
    mutating func ask(_ compiled: CompiledMesh, _ objects: MeshObjects, _ mesh: inout RandomMesh) {
        let oracle = Oracle(objects)
        var proxies: [ObjectName: CompiledProxy] = [:]
        var clients: [ServiceIdentity: CompiledProxy] = [:]
        for name in objects.pods.keys.sorted() {
            let proxy = compiled.proxy(of: name)
            check(
                proxy == nil ? "no proxy" : "proxy", proxy != nil, oracle.hasProxy(name), "pod \(name) has a proxy")
            guard let proxy else { continue }
            if !proxy.faults.isEmpty { differences.append("the view of \(name): \(proxy.faults)") }
            check("egress", proxy.egress?.isPassthrough, oracle.isEgressPassthrough, "egress of \(name)")
            proxies[name] = proxy
            clients[proxy.identity] = proxy
        }
        let claimed = oracle.claimedAddresses
        let owners = Dictionary(uniqueKeysWithValues: claimed.map { ($0, oracle.owner(of: $0)) })
        for (client, proxy) in clients.sorted(by: { $0.key < $1.key }) {
            askAddresses(client, proxy, oracle, owners, objects, &mesh)
            askEgress(client, proxy, oracle, &mesh)
            askOutbound(client, proxy, oracle, Set(owners.values.compactMap(\.self)), objects, &mesh)
        }
        for (name, proxy) in proxies.sorted(by: { $0.key < $1.key }) {
            guard let pod = objects.pods[name] else { continue }
            askInbound(pod, proxy, oracle, &mesh)
            askIngress(pod, proxy, oracle, &mesh)
        }
        askDiagnoses(compiled, oracle, objects)
        askIngressDiagnoses(compiled, oracle, objects)
        askEgressDiagnoses(compiled, oracle, objects)
    }

    // MARK: What a client reaches, and how its requests divide

    private mutating func askAddresses(
        _ client: ServiceIdentity, _ proxy: CompiledProxy, _ oracle: Oracle,
        _ owners: [SocketAddress: ServicePort?], _ objects: MeshObjects, _ mesh: inout RandomMesh
    ) {
        let clusterIPs = Set(objects.services.values.flatMap(\.clusterIPs))
        let unclaimed = clusterIPs.flatMap { ip in [53, 80, 81, 82, 83].map { SocketAddress(ip: ip, port: $0) } }
        for address in Set(unclaimed + owners.keys).sorted() where mesh.random.once(in: 3) {
            let owner = owners[address].flatMap(\.self)
            let isHeadless = owner.map { oracle.isHeadless($0.service) } ?? false
            check(
                owner == nil ? "address free" : isHeadless ? "pod's address owned" : "address owned",
                proxy.listeners[address]?.servicePort, owner.flatMap { oracle.reaches(client, $0) ? $0 : nil },
                "listener at \(address) for \(client)")
        }
    }

    private mutating func askOutbound(
        _ client: ServiceIdentity, _ proxy: CompiledProxy, _ oracle: Oracle, _ owners: Set<ServicePort>,
        _ objects: MeshObjects, _ mesh: inout RandomMesh
    ) {
        for port in Set(
            objects.services.values.flatMap { service in
                service.ports.map { ServicePort(service: service.name, port: $0.port) }
            }
        ).sorted() {
            // Nobody can call a port whose addresses are all another's.
            let isReached = oracle.reaches(client, port) && owners.contains(port)
            check(
                isReached ? "reached" : "not reached", proxy.routes[port] != nil, isReached, "\(client) reaches \(port)"
            )
            guard isReached else { continue }
            let retry = oracle.retry(of: client, at: port)
            check(
                retry == nil ? "no retry" : "retry", proxy.routes[port].map(\.retry),
                .some(retry.map(RequestRetry.init)),
                "what \(client) tries again of its requests to \(port)")
            for _ in 0..<3 {
                let request = mesh.request()
                let division = oracle.division(of: request, at: port)
                let isDirect = oracle.isDirect(request, at: port)
                let expected = Dictionary(
                    uniqueKeysWithValues: division.map { (UpstreamName($0, isDirect ? .direct : .balanced), $1) })
                let kind = division.isEmpty ? "nowhere" : division.count > 1 ? "split" : "undivided"
                check(
                    isDirect ? "direct" : oracle.port(port)?.isHTTP == true ? kind : "\(kind) TCP",
                    proxy.division(of: request, at: port), expected, "division of \(request) at \(port)")
            }
        }
        for (name, compiled) in proxy.upstreams {
            let upstream = name.target
            check(
                "identities", compiled.identities, oracle.identities(behind: upstream).sorted(),
                "identities behind \(upstream)")
            guard name.choice == .balanced else { continue }
            let endpoints = oracle.endpoints(of: upstream, for: client)
            check(
                endpoints.isEmpty ? "no endpoints" : "endpoints", proxy.addresses(of: upstream), endpoints,
                "endpoints of \(upstream) for \(client)")
        }
    }

    // MARK: What a server allows

    private mutating func askInbound(
        _ pod: Pod, _ proxy: CompiledProxy, _ oracle: Oracle, _ mesh: inout RandomMesh
    ) {
        let anyone = ["n0", "n1"].flatMap { namespace in
            (0..<4).map { ServiceIdentity(namespace: namespace, serviceAccount: "a\($0)") }
        }
        let named = oracle.objects.targets.values.sorted { $0.name < $1.name }
            .filter { $0.destinationIdentity == pod.identity }.flatMap(\.sourceIdentities)
        let services = oracle.objects.services.values.filter { oracle.selects($0, pod) }.map(\.name).sorted()
        for port: UInt16 in [8080, 8081, 8082] {
            let isServed = proxy.inbound?.ports.contains { $0.port == port } == true
            for _ in 0..<(isServed ? 8 : 1) {
                let stranger = mesh.random.once(in: 12) ? nil : mesh.random.pick(from: anyone)
                let client = mesh.random.once(in: 3) ? stranger : mesh.random.pick(from: named) ?? stranger
                let request = mesh.request()
                let service = mesh.random.once(in: 4) ? nil : mesh.random.pick(from: services)
                let expected = oracle.verdict(client: client, server: pod, port: port, through: service, request)
                let isHTTP = oracle.isHTTP(port, of: pod, through: service) ?? true
                check(
                    isHTTP ? expected.kind : "\(expected.kind) TCP",
                    proxy.verdict(client: client, port: port, through: service, request), expected,
                    "\(client?.description ?? "nobody") to port \(port) of \(pod.name) as \(service as Any): \(request)"
                )
            }
        }
    }

    // MARK: What authors are told

    private mutating func askDiagnoses(_ compiled: CompiledMesh, _ oracle: Oracle, _ objects: MeshObjects) {
        func told(_ problems: [Problem]?) -> Set<String>? { problems.map { Set($0.map(\.path)) } }
        for split in objects.splits.values {
            let diagnosis = compiled.diagnosis(of: split.key)
            let isRefused = oracle.isRefused(split)
            check(
                isRefused ? "refused object" : "accepted object", diagnosis?.refusals.isEmpty == false, isRefused,
                "\(split.key) is refused")
            let expected = oracle.unresolved(split)
            check(
                expected.isEmpty ? "resolved" : "unresolved", told(diagnosis?.unresolved), expected,
                "what \(split.key) names")
        }
        for retry in objects.retries.values {
            let diagnosis = compiled.diagnosis(of: retry.key)
            let isRefused = oracle.isRefused(retry)
            check(
                isRefused ? "refused Retry" : "accepted Retry", diagnosis?.refusals.isEmpty == false, isRefused,
                "\(retry.key) is refused")
            let expected = oracle.unresolved(retry)
            check(
                expected.isEmpty ? "resolved Retry" : "unresolved Retry", told(diagnosis?.unresolved), expected,
                "what \(retry.key) names")
        }
        for target in objects.targets.values {
            let diagnosis = compiled.diagnosis(of: target.key)
            let isRefused = oracle.objects.targets[target.name] == nil
            check(
                isRefused ? "refused object" : "accepted object", diagnosis?.refusals.isEmpty == false, isRefused,
                "\(target.key) is refused")
            let expected = oracle.unresolved(target)
            check(
                expected.isEmpty ? "resolved" : "unresolved", told(diagnosis?.unresolved), expected,
                "what \(target.key) names")
        }
        for service in objects.services.values where oracle.objects.services[service.name] != nil {
            let lost = oracle.lostPorts(of: service)
            check(
                lost.isEmpty ? "accepted object" : "refused object",
                told(compiled.diagnosis(of: service.key)?.refusals),
                Set(
                    service.ports.indices.filter {
                        lost.contains(service.ports[$0].port) && service.ports[$0].transport == "TCP"
                    }.map { "spec.ports[\($0)]" }), "the ports of which \(service.key) lost addresses")
        }
    }
}

extension RequestRetry {
    /// What a Retry asks for: the words as the random meshes write them.
    fileprivate init(_ retry: Retry) {
        let words = retry.policy.retryOn.split { ", ".contains($0) }.map(String.init)
        self.init(
            conditions: Set(words).sorted(), statusCodes: [], attempts: UInt32(retry.policy.numRetries ?? 0),
            perTryTimeout: retry.policy.perTryTimeout == "2s" ? .seconds(2) : nil,
            pause: retry.policy.retryBackoffBaseInterval == "2ms" ? .milliseconds(2) : nil)
    }
}

extension Oracle.Verdict {
    /// The answer without its details.
    fileprivate var kind: String {
        switch self {
        case .notServed: "not served"
        case .refused: "refused"
        case .anyPeer: "any peer"
        case .allowed: "allowed"
        }
    }
}
