import MeshModel
import Oracle
import PolicyAnalysis

/// What becomes of a request to a service port, as the oracle says, in a form in which flows can be compared.
struct OracleFate: Hashable {
    struct Opening: Hashable {
        let identity: ServiceIdentity
        let port: UInt16
        let isOpen: Bool
    }

    struct Part: Hashable {
        let service: ObjectName
        let targetPort: UInt16
        let weight: Int
        let doors: Set<Opening>
    }

    var status: Int?
    var parts: Set<Part> = []

    /// What the analysis says.
    init(_ fate: FlowRights.Fate) {
        status = fate.status
        parts = Set(
            fate.parts.map { part in
                Part(
                    service: part.service, targetPort: part.targetPort, weight: Int(part.weight),
                    doors: Set(part.doors.map { Opening(identity: $0.identity, port: $0.port, isOpen: $0.isOpen) }))
            })
    }

    /// What the oracle says; `nil` if the client's proxy does not know of the port.
    init?(
        _ oracle: Oracle, _ client: ServiceIdentity, _ port: ServicePort, _ addresses: [SocketAddress], _ whole: Request
    ) {
        guard !addresses.isEmpty, oracle.reaches(client, port), let own = oracle.port(port) else { return nil }
        var request = whole
        if own.isHTTP {
            switch whole.reading {
            case .rejected(let status):
                self.status = status
                return
            case .understood(let understood): request = understood
            }
        }
        let division = oracle.division(of: request, at: port)
        let divisor = division.values.reduce(0, Self.commonDivisor)
        let isDirect = oracle.isDirect(request, at: port)
        parts = Set(
            division.map { upstream, weight in
                let endpoints = isDirect ? Set(addresses) : oracle.endpoints(of: upstream, for: client)
                let doors = endpoints.compactMap { endpoint -> Opening? in
                    guard let pod = oracle.pod(at: endpoint.ip) else { return nil }
                    let verdict = oracle.verdict(
                        client: client, server: pod, port: endpoint.port, through: upstream.service, request)
                    let isAllowed =
                        switch verdict {
                        case .anyPeer, .allowed: true
                        case .refused, .notServed: false
                        }
                    // What the proxy of an original mesh lets in is not known: not for certain.
                    return Opening(
                        identity: oracle.identity(of: pod), port: endpoint.port,
                        isOpen: isAllowed && pod.mountsProxyToken)
                }
                return Part(
                    service: upstream.service, targetPort: upstream.targetPort, weight: weight / max(divisor, 1),
                    doors: Set(doors))
            })
    }

    private static func commonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : commonDivisor(right, left % right)
    }
}
