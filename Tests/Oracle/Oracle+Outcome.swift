package import MeshModel

/// What becomes of a call from its beginning to its end (sections 2 to 5).
extension Oracle {
    /// What the caller sees.
    package enum Outcome: Hashable, Comparable {
        /// The connection ends without an answer.
        case nothing
        /// A proxy answers in the server's place.
        case status(Int)
        /// The application of a pod answers; it got the request with this path.
        case answered(by: String, path: String)
    }

    /// What may become of a call, and who had a say in it.
    package struct Prediction {
        /// Several where chance decides: which backend of a split, which of several pods.
        package var outcomes: Set<Outcome> = []
        /// The service port that owns the address; `nil` if the client has no listener for it.
        package var servicePort: ServicePort?
        /// What the client's proxy does with a connection that leaves the mesh; `nil` for one that does not.
        package var departure: Departure?
        /// The pods that may be dialled.
        package var servers: [Server] = []

        /// The connection ends.
        package static let nothing = Prediction(outcomes: [.nothing])
    }

    /// A pod that is dialled.
    package struct Server {
        package let pod: Pod
        package let port: UInt16
        /// The service whose name the client gives; `nil` for none.
        package let service: ObjectName?
        /// How the pod's proxy reads the connection; `nil` if it has no such port.
        package let isHTTP: Bool?
        package let verdict: Verdict
    }

    /// What becomes of a request that a pod of the mesh sends to an address, on a connection of its own.
    ///
    /// - Parameters:
    ///   - applications: The ports on which the application of every pod answers HTTP.
    ///   - names: The addresses of hosts outside the mesh; others have none.
    package func prediction(
        of request: Request, from client: Pod, to address: SocketAddress, applications: Set<UInt16>,
        names: [String: IPAddress] = [:]
    ) -> Prediction {
        let identity = identity(of: client)
        guard let owner = owner(of: address), reaches(identity, owner), let own = port(owner) else {
            let departure = departure(of: identity, to: address, opening: .request(request))
            var prediction = Prediction(outcomes: [
                outcome(of: request, from: client, departure, address, applications, names)
            ])
            prediction.departure = departure
            return prediction
        }
        var prediction = Prediction(servicePort: owner)
        var request = request
        if own.isHTTP {
            switch request.reading {
            case .rejected(let status):
                prediction.outcomes = [.status(status)]
                return prediction
            case .understood(let understood): request = understood
            }
        }
        let unavailable: Outcome = own.isHTTP ? .status(503) : .nothing
        let division = division(of: request, at: owner)
        if division.isEmpty { prediction.outcomes = [unavailable] }
        for upstream in division.keys.sorted() {
            let isDirect = isDirect(request, at: owner)
            let endpoints = isDirect ? [address] : endpoints(of: upstream, for: identity)
            if endpoints.isEmpty { prediction.outcomes.insert(unavailable) }
            for endpoint in endpoints.sorted() {
                guard let pod = pod(at: endpoint.ip) else { continue }
                let server = server(pod, endpoint.port, upstream.service, identity, request)
                prediction.servers.append(server)
                prediction.outcomes.insert(outcome(of: request, at: server, isHTTP: own.isHTTP, applications))
            }
        }
        return prediction
    }

    /// What becomes of a request that somebody without a sidecar sends to a pod in the mesh's TLS.
    ///
    /// - Parameters:
    ///   - client: Whose certificate is shown; `nil` for none.
    ///   - service: The service whose name is given; `nil` for a name of none.
    package func prediction(
        of request: Request, asIf client: ServiceIdentity?, to pod: Pod, port: UInt16, through service: ObjectName?,
        applications: Set<UInt16>
    ) -> Prediction {
        let server = server(pod, port, service, client, request)
        var prediction = Prediction(servers: [server])
        // Without a certificate the handshake fails, whatever the protocol.
        let isHeard = client != nil && server.verdict != .notServed
        prediction.outcomes = [isHeard ? outcome(of: request, at: server, isHTTP: false, applications) : .nothing]
        return prediction
    }

    private func server(
        _ pod: Pod, _ port: UInt16, _ service: ObjectName?, _ client: ServiceIdentity?, _ request: Request
    ) -> Server {
        var understood = request
        if case .understood(let request) = request.reading { understood = request }
        return Server(
            pod: pod, port: port, service: service, isHTTP: isHTTP(port, of: pod, through: service),
            verdict: verdict(client: client, server: pod, port: port, through: service, understood))
    }

    /// - Parameter isHTTP: Whether the client's proxy reads requests; otherwise it carries bytes.
    private func outcome(
        of request: Request, at server: Server, isHTTP: Bool, _ applications: Set<UInt16>
    ) -> Outcome {
        // A proxy of requests answers for a connection that fails.
        let failed: Outcome = isHTTP ? .status(503) : .nothing
        guard let isRead = server.isHTTP, server.verdict != .notServed else { return failed }
        var request = request
        if isRead {
            switch request.reading {
            case .rejected(let status): return .status(status)
            case .understood(let understood): request = understood
            }
            if server.verdict == .refused { return .status(403) }
        } else if server.verdict == .refused {
            return failed
        }
        guard applications.contains(server.port) else { return isRead ? .status(503) : failed }
        return .answered(by: server.pod.metadata.name, path: request.path)
    }

    /// What the client sees of a request that leaves the mesh.
    private func outcome(
        of request: Request, from client: Pod, _ departure: Departure, _ address: SocketAddress,
        _ applications: Set<UInt16>,
        _ names: [String: IPAddress]
    ) -> Outcome {
        switch departure {
        case .closed: return .nothing
        case .carried: return answer(to: request, from: client, at: address, applications) ?? .nothing
        case .forbidden, .sent, .sentOn: break
        }
        // What leaves is not rewritten, but what nobody sends is not taken either.
        if request.path.utf8.count > Request.limit { return .status(431) }
        if request.path.contains("#") { return .status(400) }
        switch departure {
        case .sent(let host):
            guard let ip = names[host] else { return .status(503) }
            let address = SocketAddress(ip: ip, port: address.port)
            return answer(to: request, from: client, at: address, applications) ?? .status(503)
        case .sentOn: return answer(to: request, from: client, at: address, applications) ?? .status(503)
        default: return .status(403)
        }
    }

    /// The answer of an application without a sidecar, or of a sidecar to what comes from no other sidecar; `nil` if
    /// there is none at the address.
    private func answer(
        to request: Request, from client: Pod, at address: SocketAddress, _ applications: Set<UInt16>
    ) -> Outcome? {
        guard let pod = pod(at: address.ip) else { return nil }
        if pod.mountsProxyToken {
            guard let source = client.addresses.first(where: { $0.family == address.ip.family }) else { return nil }
            let outcome = outcome(
                of: request, on: IngressCall(source: source), to: pod, port: address.port, applications)
            return outcome == .nothing ? nil : outcome
        }
        guard applications.contains(address.port) else { return nil }
        return .answered(by: pod.metadata.name, path: request.path)
    }

    /// The pod that has an address.
    package func pod(at address: IPAddress) -> Pod? {
        objects.pods.values.first {
            $0.addresses.contains(address) && $0.phase != "Succeeded" && $0.phase != "Failed"
        }
    }
}
