import MeshModel
import MeshPolicy
import PolicyCompiler

/// Asks the compiler and the oracle the same questions about one mesh.
struct Comparison {
    /// How often which answer was given.
    private(set) var answers: [String: Int] = [:]
    /// Where the two did not agree, in words.
    private(set) var differences: [String] = []

    /// The number of questions so far.
    var questions: Int { answers.values.reduce(0, +) }

    private mutating func check<Answer: Equatable>(
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
        for (client, proxy) in clients.sorted(by: { $0.key < $1.key }) {
            askOutbound(client, proxy, oracle, objects, &mesh)
        }
        for (name, proxy) in proxies.sorted(by: { $0.key < $1.key }) {
            if let pod = objects.pods[name] { askInbound(pod, proxy, oracle, &mesh) }
        }
        askDiagnoses(compiled, oracle, objects)
    }

    // MARK: What a client reaches, and how its requests divide

    private mutating func askOutbound(
        _ client: ServiceIdentity, _ proxy: CompiledProxy, _ oracle: Oracle, _ objects: MeshObjects,
        _ mesh: inout RandomMesh
    ) {
        let services = objects.services.values.sorted { $0.name < $1.name }
        let addresses = services.flatMap { service in
            service.clusterIPs.flatMap { ip in [53, 80, 81, 82, 83].map { SocketAddress(ip: ip, port: $0) } }
        }
        for address in Set(addresses).sorted() where mesh.random.once(in: 3) {
            let owner = oracle.owner(of: address)
            check(
                owner == nil ? "address free" : "address owned", proxy.listeners[address]?.servicePort,
                owner.flatMap { oracle.reaches(client, $0) ? $0 : nil }, "listener at \(address) for \(client)")
        }
        for port in services.flatMap({ service in
            service.ports.map { ServicePort(service: service.name, port: $0.port) }
        }) {
            let isReached = oracle.reaches(client, port)
            check(
                isReached ? "reached" : "not reached", proxy.routes[port] != nil, isReached, "\(client) reaches \(port)"
            )
            guard isReached else { continue }
            for _ in 0..<3 {
                let request = mesh.request()
                let division = oracle.division(of: request, at: port)
                check(
                    division.isEmpty ? "503" : division.count > 1 ? "split" : "undivided",
                    proxy.division(of: request, at: port), division, "division of \(request) at \(port)")
            }
        }
        for (upstream, compiled) in proxy.upstreams {
            let endpoints = oracle.endpoints(of: upstream, for: client)
            check(
                endpoints.isEmpty ? "no endpoints" : "endpoints", proxy.addresses(of: upstream), endpoints,
                "endpoints of \(upstream) for \(client)")
            check(
                "identities", compiled.identities, oracle.identities(behind: upstream).sorted(),
                "identities behind \(upstream)")
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
        for port: UInt16 in [8080, 8081, 8082] {
            let isServed = proxy.inbound?.ports.contains { $0.port == port } == true
            for _ in 0..<(isServed ? 8 : 1) {
                let stranger = mesh.random.once(in: 12) ? nil : mesh.random.pick(from: anyone)
                let client = mesh.random.once(in: 3) ? stranger : mesh.random.pick(from: named) ?? stranger
                let request = mesh.request()
                let expected = oracle.verdict(client: client, server: pod, port: port, request)
                check(
                    expected.kind, proxy.verdict(client: client, port: port, request), expected,
                    "\(client?.description ?? "nobody") to port \(port) of \(pod.name): \(request)")
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
                compiled.diagnosis(of: service.key)?.refusals.isEmpty == false, !lost.isEmpty,
                "\(service.key) lost an address")
        }
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
