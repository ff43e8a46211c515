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
    /// - Parameter applications: The ports on which the application of every pod answers HTTP.
    package func prediction(
        of request: Request, from client: Pod, to address: SocketAddress, applications: Set<UInt16>
    ) -> Prediction {
        let identity = identity(of: client)
        guard let owner = owner(of: address), reaches(identity, owner), let own = port(owner) else {
            return Prediction(outcomes: [egress(request, to: address, applications)])
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

    /// What matches no listener is closed, or goes where it was sent.
    private func egress(_ request: Request, to address: SocketAddress, _ applications: Set<UInt16>) -> Outcome {
        guard isEgressPassthrough, let pod = pod(at: address.ip), !pod.mountsProxyToken,
            applications.contains(address.port)
        else { return .nothing }
        return .answered(by: pod.metadata.name, path: request.path)
    }

    /// The pod that has an address.
    package func pod(at address: IPAddress) -> Pod? {
        objects.pods.values.first {
            $0.addresses.contains(address) && $0.phase != "Succeeded" && $0.phase != "Failed"
        }
    }
}
