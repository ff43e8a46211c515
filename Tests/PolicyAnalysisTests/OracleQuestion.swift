import MeshModel
import Oracle
import PolicyAnalysis

/// A call in a random mesh, what the oracle says will become of it, and what the explanation says.
struct OracleQuestion {
    let client: Pod
    let port: ServicePort
    let request: Request
    /// What the caller may see.
    let expected: Set<Oracle.Outcome>
    /// By which policies each pod lets it in.
    let policies: [String: Set<String>]
    /// Whether the client has a listener.
    let isKnown: Bool
    let isHTTP: Bool

    /// Every port on which pods of random meshes listen.
    private static let applications = Set<UInt16>([53, 80, 81, 82, 83, 8080, 8081, 8082, 8083])

    /// A question; `nil` if proxies would read the connection in two ways, if nobody knows what the proxy of an original
    /// mesh says, or if an endpoint is nobody's.
    init?(_ oracle: Oracle, client: Pod, port: ServicePort, addresses: [SocketAddress], _ request: Request) {
        self.client = client
        self.port = port
        self.request = request
        guard let own = oracle.port(port) else { return nil }
        isHTTP = own.isHTTP
        var outcomes: Set<Oracle.Outcome> = []
        var policies: [String: Set<String>] = [:]
        var isKnown = false
        for address in addresses {
            let prediction = oracle.prediction(
                of: request, from: client, to: address, applications: Self.applications)
            isKnown = isKnown || prediction.servicePort == port
            outcomes.formUnion(prediction.outcomes)
            for server in prediction.servers {
                guard server.isHTTP == nil || server.isHTTP == own.isHTTP, server.pod.mountsProxyToken else {
                    return nil
                }
                if case .allowed(let names) = server.verdict { policies[server.pod.metadata.name] = names }
            }
        }
        guard !outcomes.isEmpty else { return nil }
        expected = outcomes
        self.policies = policies
        self.isKnown = isKnown
    }

    /// The question as it is put.
    var question: FlowQuestion {
        FlowQuestion(
            client: client.identity, service: port.service, port: port.port, request: RequestDescription(request))
    }

    /// What the caller may see by an explanation.
    func seen(_ explanation: FlowExplanation) -> Set<Oracle.Outcome> {
        let failed: Oracle.Outcome = isHTTP ? .status(503) : .nothing
        var path = request.path
        if isHTTP, case .understood(let understood) = request.reading { path = understood.path }
        return explanation.outcomes.reduce(into: []) { seen, outcome in
            switch outcome {
            case .delivered(let server, _): seen.formUnion(server.pods.map { .answered(by: $0.name, path: path) })
            case .refused: seen.insert(isHTTP ? .status(403) : .nothing)
            case .notServed, .unavailable: seen.insert(failed)
            case .rejected(let status, _): seen.insert(.status(status))
            // Of these the oracle makes no difference here, and nothing is left open by a whole request.
            case .conditional, .unknown, .noListener: seen.insert(.status(0))
            }
        }
    }

    /// By which policies each pod lets it in, by an explanation.
    func policies(_ explanation: FlowExplanation) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for case .delivered(let server, let grants) in explanation.outcomes {
            let names = grants.compactMap { grant -> String? in
                if case .policy(let name, _, _, _) = grant { name } else { nil }
            }
            guard !names.isEmpty else { continue }
            for pod in server.pods { found[pod.name] = Set(names) }
        }
        return found
    }
}
