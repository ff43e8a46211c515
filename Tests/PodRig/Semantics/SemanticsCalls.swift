import MeshModel
import Oracle
import TestInstruments

/// Makes up calls about one mesh.
struct SemanticsCalls {
    let oracle: Oracle
    let clients: [Pod]
    private let owned: [SocketAddress]
    private let unowned: [SocketAddress]
    /// Those of them that some Service has all the same, which is none of the mesh.
    private let foreign: [SocketAddress]
    let applications = Set(SemanticsPods.ports)

    init(_ objects: MeshObjects) {
        oracle = Oracle(objects)
        clients = oracle.objects.pods.values.filter(\.mountsProxyToken).sorted { $0.name < $1.name }
        let claimed = oracle.claimedAddresses
        let pods = oracle.objects.pods.values.flatMap { pod in
            pod.addresses.flatMap { ip in [8080, 8081, 8083].map { SocketAddress(ip: ip, port: $0) } }
        }
        let services = objects.services.values.flatMap { service in
            service.clusterIPs.flatMap { ip in [80, 81, 82, 83].map { SocketAddress(ip: ip, port: $0) } }
        }
        // The rig's pods have no IPv6 here: what they cannot dial says nothing.
        let all = claimed.union(pods).union(services).filter { $0.ip.family == .v4 }
        let oracle = oracle
        owned = all.filter { oracle.owner(of: $0) != nil }.sorted()
        unowned = all.filter { oracle.owner(of: $0) == nil }.sorted()
        foreign = unowned.filter { address in
            oracle.objects.services.values.contains { service in
                service.clusterIPs.contains(address.ip) && service.ports.contains { $0.port == address.port }
            }
        }
    }

    /// A call; `nil` if the dice showed one that makes no sense.
    mutating func call(_ mesh: inout RandomMesh) -> SemanticsCall? {
        let request = hostile(mesh.request(), &mesh.random)
        if mesh.random.once(in: 7) { return outsidersCall(request, &mesh.random) }
        if mesh.random.once(in: 4) { return ingressCall(request, &mesh) }
        guard let client = mesh.random.pick(from: clients),
            let address = mesh.random.pick(
                from: mesh.random.pick(foreign, unowned, owned, owned, owned, owned, owned, owned)),
            // What a pod sends to itself does not leave it.
            !client.addresses.contains(address.ip)
        else { return nil }
        var prediction = oracle.prediction(
            of: request, from: client, to: address, applications: applications, names: SemanticsPods.names)
        // Who looks for HTTP in the first bytes gives up on a first line that is too long.
        guard prediction.servicePort != nil || request.path.utf8.count < 4_000 else { return nil }
        // A Service that leads to one port in two protocols is read in one of them, and proxies may still have
        // connections of the other.
        let isHTTP = prediction.servicePort.flatMap { oracle.port($0)?.isHTTP }
        guard prediction.servers.allSatisfy({ $0.isHTTP == nil || $0.isHTTP == isHTTP }) else { return nil }
        let failure = failure(&prediction, of: client, &mesh.random)
        return SemanticsCall(
            caller: .pod(client), address: address, request: request, prediction: prediction, failure: failure)
    }

    /// Now and then an application that answers 503 at first, where one pod alone is asked: a Retry decides then.
    private func failure(
        _ prediction: inout Oracle.Prediction, of client: Pod, _ random: inout SeededGenerator
    ) -> (times: Int, name: String)? {
        guard let port = prediction.servicePort, prediction.servers.count == 1, prediction.outcomes.count == 1,
            case .answered = prediction.outcomes.first, oracle.port(port)?.isHTTP == true, random.once(in: 3)
        else { return nil }
        let times = random.pick(1, 1, 2, 3)
        if !oracle.outlasts(failures: times, oracle.identity(of: client), at: port) {
            prediction.outcomes = [.status(503)]
        }
        return (times, String(random.next(), radix: 16))
    }

    private func outsidersCall(_ request: Request, _ random: inout SeededGenerator) -> SemanticsCall? {
        guard let server = random.pick(from: clients), let ip = server.addresses.first else { return nil }
        let port: UInt16 = random.pick(8080, 8080, 8081, 8082, 8083)
        let address = SocketAddress(ip: ip, port: port)
        let services = oracle.objects.services.values.filter { oracle.selects($0, server) }.map(\.name).sorted()
        let service = random.once(in: 4) ? nil : random.pick(from: services)
        let client = random.once(in: 6) ? nil : random.pick(from: SemanticsPods.identities)
        return SemanticsCall(
            caller: .outsider(client, through: service), address: address, request: request,
            prediction: oracle.prediction(
                of: request, asIf: client, to: server, port: port, through: service, applications: applications))
    }

    private static let longPath = "/b" + String(repeating: "c", count: 8_000)
    private static let longestPath = "/b" + String(repeating: "c", count: 70_000)

    /// Now and then a spelling that tries to get past a rule.
    private func hostile(_ request: Request, _ random: inout SeededGenerator) -> Request {
        guard random.once(in: 4) else { return request }
        let (path, query) = (request.pathAlone, request.path.dropFirst(request.pathAlone.count))
        let host = random.once(in: 4) ? request.host.uppercased() : request.host
        let spelled = random.pick(
            "/" + path, "//" + path, "/x/.." + path, "/.." + path, "/." + path, path + "/../a", path + "/.",
            "/x%2F.." + path, path + "%2f", path + ";x", path + ";/../b", path.uppercased(), path + "/",
            Self.longPath, Self.longestPath)
        let headers = random.pick(
            [], [Request.Header(name: "h", value: "x"), .init(name: "H", value: "x")], request.headers)
        let suffix = random.once(in: 8) ? "#f" : ""
        return Request(method: request.method, path: spelled + query + suffix, host: host, headers: headers)
    }
}
