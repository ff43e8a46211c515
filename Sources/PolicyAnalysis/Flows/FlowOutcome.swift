package import MeshModel
package import MeshPolicy

/// What may become of a request.
package enum FlowOutcome: Hashable, Sendable {
    /// It reaches the application of one of these pods.
    case delivered(CompiledFlow.Server, [Grant])
    /// It reaches it under conditions of which nothing is said: the grants that may hold.
    case conditional(CompiledFlow.Server, [Grant])
    /// The server's proxy refuses it: with 403, of bytes the connection.
    case refused(CompiledFlow.Server)
    /// The server's proxy has no such port: 503, of bytes the connection ends.
    case notServed(CompiledFlow.Server)
    /// What the proxy of a pod of an original mesh does is not known here.
    case unknown(CompiledFlow.Server)
    /// The client's proxy answers it itself.
    case rejected(status: Int, reason: String)
    /// Nobody is there to answer: 503, of bytes the connection ends.
    case unavailable(String)
    /// The client's proxy does not know the address: it ends the connection, or lets it leave the mesh, without TLS.
    case noListener(leavesMesh: Bool)

    /// Why a request is allowed.
    package enum Grant: Hashable, Sendable {
        /// Permissive mode.
        case permissive
        /// A rule of a TrafficTarget: its name in statistics, and how it matches; for TCP ``HTTPMatch/any``.
        case policy(name: String, target: ObjectKey, HTTPMatch, MatchAnswer)
    }
}

extension CompiledFlow {
    /// What may become of a request, in the order in which proxies decide; several where chance or what is not known
    /// decides.
    package func outcomes(of request: RequestDescription) -> [FlowOutcome] {
        guard !addresses.isEmpty else { return [.noListener(leavesMesh: isEgressOpen)] }
        var request = request
        if wireProtocol == .http, let path = request.path {
            switch PathReading(path) {
            case .rejected(let status, let reason): return [.rejected(status: status, reason: reason)]
            case .understood(let understood): request.path = understood
            }
        }
        var outcomes: [FlowOutcome] = []
        func add(_ outcome: FlowOutcome) { if !outcomes.contains(outcome) { outcomes.append(outcome) } }
        for branch in branches(of: request) {
            if branch.shares.isEmpty { add(.unavailable("the route has no backend")) }
            for share in branch.shares {
                if share.servers.isEmpty { add(.unavailable("no pod behind \(share.upstream.target) is ready")) }
                for server in share.servers { add(server.outcome(of: request, from: client)) }
            }
        }
        return outcomes.isEmpty ? [.unavailable("no route is for the request")] : outcomes
    }

    /// The branches that the request takes, or may take.
    package func branches(of request: RequestDescription) -> [Branch] {
        var taken: [Branch] = []
        for branch in branches {
            guard let match = branch.match else { return taken + [branch] }
            let answer = MatchAnswer(match, request)
            if answer.mayHold { taken.append(branch) }
            if answer.holds { return taken }
        }
        return taken
    }
}

extension CompiledFlow.Server {
    /// What the proxy of the pods says to a request, whose path it reads as the client's does.
    package func outcome(of request: RequestDescription, from client: ServiceIdentity) -> FlowOutcome {
        let isHTTP: Bool
        let authorization: Authorization
        switch access {
        case .notServed: return .notServed(self)
        case .ofOriginal: return .unknown(self)
        case .authorization(let said, let spoken): (authorization, isHTTP) = (said, spoken == .http)
        }
        guard case .policies(let policies) = authorization else { return .delivered(self, [.permissive]) }
        var holding: [FlowOutcome.Grant] = []
        var open: [FlowOutcome.Grant] = []
        for policy in policies where policy.principals.contains(client) {
            let answers = policy.matches.map { ($0, MatchAnswer(isHTTP ? $0 : .any, request)) }
            if let (match, answer) = answers.first(where: \.1.holds) {
                holding.append(.policy(name: policy.name, target: policy.origin, match, answer))
            } else {
                open += answers.filter(\.1.mayHold).map {
                    .policy(name: policy.name, target: policy.origin, $0.0, $0.1)
                }
            }
        }
        if !holding.isEmpty { return .delivered(self, holding) }
        return open.isEmpty ? .refused(self) : .conditional(self, open)
    }
}
