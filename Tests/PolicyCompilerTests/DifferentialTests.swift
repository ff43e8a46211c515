import MeshModel
import MeshPolicy
import PolicyCompiler
import Testing

@Suite("The compiler and the oracle")
struct DifferentialTests {
    /// How often each question was asked, and how often each answer was given.
    struct Tally {
        var questions = 0
        var answers: [String: Int] = [:]

        mutating func count(_ answer: String) {
            questions += 1
            answers[answer, default: 0] += 1
        }
    }

    @Test("agree on random meshes and requests")
    func agree() {
        var tally = Tally()
        var meshes = 0
        for seed in 0..<(isSoak ? 100 : 10) {
            var mesh = RandomMesh(seed: UInt64(seed))
            let compiled = CompiledMesh()
            for round in 0..<25 {
                if round > 0 { for _ in 0..<mesh.random.pick(1, 2, 4, 16) { mesh.edit() } }
                compiled.become(mesh.objects)
                meshes += 1
                let differences = compare(compiled, &mesh, &tally)
                guard differences.isEmpty else {
                    Issue.record("seed \(seed), round \(round): \(differences.prefix(5).joined(separator: "\n"))")
                    break
                }
            }
        }
        #expect(tally.questions >= (isSoak ? 200_000 : 20_000))
        for answer in Self.expectedAnswers {
            #expect(tally.answers[answer, default: 0] >= 100, "hardly any answer was \(answer)")
        }
        let answers = tally.answers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("figure: compiler and oracle agree on \(tally.questions) questions about \(meshes) meshes: \(answers)")
    }

    /// The answers that a run must have seen, lest the comparison prove nothing.
    private static let expectedAnswers = [
        "address owned", "address free", "reached", "not reached", "proxy", "no proxy", "split", "undivided", "503",
        "endpoints", "no endpoints", "allowed", "refused", "any peer", "not served",
    ]

    /// Asks both about everything that the names of a mesh allow, with random requests.
    func compare(_ compiled: CompiledMesh, _ mesh: inout RandomMesh, _ tally: inout Tally) -> [String] {
        let oracle = Oracle(mesh.objects)
        var differences: [String] = []
        func check<Answer: Equatable>(_ compiled: Answer, _ expected: Answer, _ question: @autoclosure () -> String) {
            guard compiled != expected else { return }
            differences.append("\(question()): compiled \(compiled), expected \(expected)")
        }
        var proxies: [ObjectName: CompiledProxy] = [:]
        var clients: [ServiceIdentity: CompiledProxy] = [:]
        for pod in mesh.objects.pods.values.sorted(by: { $0.name < $1.name }) {
            let proxy = compiled.proxy(of: pod.name)
            tally.count(proxy == nil ? "no proxy" : "proxy")
            check(proxy != nil, oracle.hasProxy(pod.name), "pod \(pod.name) has a proxy")
            check(proxy?.faults ?? [], [], "faults of the view of \(pod.name)")
            check(proxy?.egress?.isPassthrough ?? oracle.isEgressPassthrough, oracle.isEgressPassthrough, "egress")
            proxies[pod.name] = proxy
            if let proxy { clients[proxy.identity] = proxy }
        }
        let ports = mesh.objects.services.values.sorted { $0.name < $1.name }.flatMap { service in
            service.ports.map { ServicePort(service: service.name, port: $0.port) }
        }
        let addresses = Set(
            mesh.objects.services.values.flatMap { service in
                service.clusterIPs.flatMap { ip in [53, 80, 81, 82, 83].map { SocketAddress(ip: ip, port: $0) } }
            }
        ).sorted()
        for (client, proxy) in clients.sorted(by: { $0.key < $1.key }) {
            for address in addresses where mesh.random.once(in: 3) {
                let owner = oracle.owner(of: address)
                let expected = owner.flatMap { oracle.reaches(client, $0) ? $0 : nil }
                tally.count(owner == nil ? "address free" : "address owned")
                check(proxy.listeners[address]?.servicePort, expected, "listener at \(address) for \(client)")
            }
            for port in ports {
                let isReached = oracle.reaches(client, port)
                tally.count(isReached ? "reached" : "not reached")
                check(proxy.routes[port] != nil, isReached, "\(client) reaches \(port)")
                guard isReached else { continue }
                for _ in 0..<3 {
                    let request = mesh.request()
                    let division = oracle.division(of: request, at: port)
                    tally.count(division.isEmpty ? "503" : division.count > 1 ? "split" : "undivided")
                    check(proxy.division(of: request, at: port), division, "division of \(request) at \(port)")
                }
            }
            for (upstream, compiledUpstream) in proxy.upstreams {
                let expected = oracle.endpoints(of: upstream, for: client)
                tally.count(expected.isEmpty ? "no endpoints" : "endpoints")
                check(proxy.addresses(of: upstream), expected, "endpoints of \(upstream) for \(client)")
                let identities = oracle.identities(behind: upstream).sorted()
                check(compiledUpstream.identities, identities, "identities behind \(upstream)")
            }
        }
        let identities = RandomMesh.namespaces.prefix(2).flatMap { namespace in
            (0..<4).map { ServiceIdentity(namespace: namespace, serviceAccount: "a\($0)") }
        }
        for (name, proxy) in proxies.sorted(by: { $0.key < $1.key }) {
            guard let pod = mesh.objects.pods[name] else { continue }
            let named = mesh.objects.targets.values.sorted { $0.name < $1.name }
                .filter { $0.destinationIdentity == pod.identity }.flatMap(\.sourceIdentities)
            for port: UInt16 in [8080, 8081, 8082] {
                let isServed = proxy.inbound?.ports.contains { $0.port == port } == true
                for _ in 0..<(isServed ? 8 : 1) {
                    let anyone = mesh.random.once(in: 12) ? nil : mesh.random.pick(from: identities)
                    let client = mesh.random.once(in: 3) ? anyone : mesh.random.pick(from: named) ?? anyone
                    let request = mesh.request()
                    let expected = oracle.verdict(client: client, server: pod, port: port, request)
                    tally.count(expected.kind)
                    check(
                        proxy.verdict(client: client, port: port, request), expected,
                        "\(client?.description ?? "nobody") to port \(port) of \(name): \(request)")
                }
            }
        }
        return differences
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
