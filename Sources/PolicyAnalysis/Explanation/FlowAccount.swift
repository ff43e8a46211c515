import MeshModel
import MeshPolicy
import PolicyCompiler

/// Says in words what becomes of a request in a flow, and which objects decide.
struct FlowAccount {
    let contents: MeshContents
    let settings: MeshSettings
    let flow: CompiledFlow
    let request: RequestDescription

    /// The request with its path as proxies read it.
    var understood: RequestDescription {
        var understood = request
        if flow.wireProtocol == .http, let path = request.path, case .understood(let read) = PathReading(path) {
            understood.path = read
        }
        return understood
    }

    /// The short answer.
    func verdict(_ outcomes: [FlowOutcome]) -> FlowExplanation.Verdict {
        var verdicts: Set<FlowExplanation.Verdict> = []
        for outcome in outcomes {
            switch outcome {
            case .delivered: verdicts.insert(.allowed)
            case .conditional, .unknown: verdicts.insert(.depends)
            case .refused, .rejected, .noListener: verdicts.insert(.denied)
            case .notServed, .unavailable: verdicts.insert(.unavailable)
            }
        }
        return verdicts.count == 1 ? verdicts.first ?? .unavailable : .depends
    }

    /// What refuses: the identities and ports behind the port if the client has no listener, else those that say no.
    func closedDoors(_ outcomes: [FlowOutcome]) -> Set<PolicyDraft.Door> {
        var doors: Set<PolicyDraft.Door> = []
        func add(_ server: CompiledFlow.Server) {
            guard let spoken = server.spoken else { return }
            doors.insert(.init(destination: server.identity, port: server.port, wireProtocol: spoken))
        }
        for outcome in outcomes {
            switch outcome {
            case .refused(let server), .conditional(let server, _): add(server)
            case .noListener:
                doors.formUnion(doorsBehindListener)
            case .delivered, .notServed, .unknown, .rejected, .unavailable: break
            }
        }
        return doors
    }

    /// What a client without a listener must be let in by: the pods that would answer, at least one of them selected by its
    /// Service, for the others make no client's proxy know of it; none if there is no such pod.
    private var doorsBehindListener: Set<PolicyDraft.Door> {
        var doors: Set<PolicyDraft.Door> = []
        var hasSelected = false
        for share in flow.branches(of: understood).flatMap(\.shares) {
            let selected = contents.pods(behind: share.upstream.target.service).map(\.identity)
            for server in share.servers {
                hasSelected = hasSelected || selected.contains(server.identity)
                // The client's proxy goes by how the port is read, whatever the server makes of it.
                for wireProtocol in Set([share.wireProtocol, server.spoken ?? share.wireProtocol]) {
                    doors.insert(
                        .init(destination: server.identity, port: server.port, wireProtocol: wireProtocol))
                }
            }
        }
        if hasSelected { return doors }
        return doorsOfAllPods.isEmpty ? [] : doors.union(doorsOfAllPods)
    }

    private var doorsOfAllPods: Set<PolicyDraft.Door> {
        Set(
            flow.branches.flatMap(\.shares).flatMap { share in
                contents.pods(behind: share.upstream.target.service).map {
                    PolicyDraft.Door(
                        destination: $0.identity, port: share.upstream.target.targetPort,
                        wireProtocol: share.wireProtocol)
                }
            })
    }

    func explanation(
        _ verdict: FlowExplanation.Verdict, _ outcomes: [FlowOutcome], because reason: String? = nil,
        misses: [NearMiss], remedy: Remedy?, _ remarks: [String]
    ) -> FlowExplanation {
        FlowExplanation(
            client: flow.client, port: flow.port, wireProtocol: flow.wireProtocol, request: request, verdict: verdict,
            summary: reason ?? summary(verdict, outcomes), outcomes: outcomes, steps: steps(outcomes),
            grounds: grounds(outcomes),
            nearMisses: misses, remedy: remedy, remarks: remarks)
    }

    private var isHTTP: Bool { flow.wireProtocol == .http }

    private func summary(_ verdict: FlowExplanation.Verdict, _ outcomes: [FlowOutcome]) -> String {
        switch verdict {
        case .allowed:
            let names = grounds(outcomes).map(\.object.description)
            return "allowed by \(NearMisses.list(Set(names).sorted(), empty: "nothing"))"
        case .denied:
            switch outcomes.first {
            case .rejected(let status, let reason): return "the client's proxy answers \(status): \(reason)"
            case .noListener:
                return "no TrafficTarget lets \(flow.client) call anything on \(flow.port), so the client's proxy does "
                    + "not know it"
                    + (flow.isEgressOpen
                        ? ": egress lets the connection leave the mesh, and a sidecar that it meets refuses it unless "
                            + "an IngressBackend lets it in" : " and ends the connection")
            default:
                return "the server's proxy "
                    + (isHTTP ? "answers 403" : "refuses the connection in the handshake")
                    + ": no TrafficTarget allows it"
            }
        case .unavailable:
            let reasons = outcomes.map { outcome -> String in
                switch outcome {
                case .unavailable(let reason): reason
                case .notServed(let server): "no Service leads to port \(server.port) of \(server.identity)"
                default: ""
                }
            }
            let answer = isHTTP ? "the answer is 503" : "the connection ends"
            return "\(NearMisses.list(reasons, empty: "nobody answers")): \(answer)"
        case .depends:
            let refuses = outcomes.contains { if case .refused = $0 { true } else { false } }
            let asks = outcomes.contains { if case .conditional = $0 { true } else { false } }
            return asks
                ? "some requests are allowed, others are not"
                : refuses ? "some pods allow it, others do not" : "it depends"
        }
    }

    // MARK: Steps

    private func steps(_ outcomes: [FlowOutcome]) -> [FlowExplanation.Step] {
        let key = ObjectKey(kind: .service, name: flow.port.service)
        guard !flow.addresses.isEmpty else { return [] }
        let addresses = NearMisses.list(flow.addresses.map(\.description), empty: "")
        var steps = [
            FlowExplanation.Step(
                text: "the client's proxy knows \(flow.port) at \(addresses), read as "
                    + (isHTTP ? "HTTP" : "TCP"), objects: [key])
        ]
        for branch in flow.branches(of: understood) {
            let shares = branch.shares.map { "\($0.upstream) \($0.weight)" }
            guard branch.shares.count > 1 || branch.shares.first?.upstream.target.service != flow.port.service else {
                continue
            }
            steps.append(.init(text: "requests divide: \(shares.joined(separator: ", "))", objects: splitKeys))
        }
        for outcome in outcomes { if let step = step(outcome) { steps.append(step) } }
        return steps
    }

    private var splitKeys: [ObjectKey] {
        let splits = contents.trafficSplits.values.compactMap(\.valid).filter { $0.apex == flow.port.service }
        return splits.min { $0.metadata.seniority < $1.metadata.seniority }.map { [$0.key] } ?? []
    }

    private func step(_ outcome: FlowOutcome) -> FlowExplanation.Step? {
        func words(_ server: CompiledFlow.Server) -> String {
            let pods = NearMisses.list(server.pods.map(\.description), empty: "no pod")
            return "port \(server.port) of \(server.identity) (\(pods)), called as \(server.service)"
        }
        switch outcome {
        case .delivered(let server, let grants):
            return .init(text: "\(words(server)): allowed", objects: objects(grants, server))
        case .conditional(let server, let grants):
            return .init(text: "\(words(server)): allowed for some requests", objects: objects(grants, server))
        case .refused(let server):
            return .init(text: "\(words(server)): refused", objects: [])
        case .notServed(let server):
            return .init(text: "\(words(server)): no Service leads to the port", objects: [])
        case .unknown(let server):
            return .init(
                text: "\(words(server)): the proxy is of an original mesh, which decides for itself", objects: [])
        case .rejected(let status, let reason):
            return .init(text: "the client's proxy answers \(status): \(reason)", objects: [])
        case .unavailable(let reason): return .init(text: reason, objects: [])
        case .noListener: return nil
        }
    }

    private func objects(_ grants: [FlowOutcome.Grant], _ server: CompiledFlow.Server) -> [ObjectKey] {
        Set(grants.flatMap { grounds(of: $0, server).flatMap { [$0.object, $0.route].compactMap(\.self) } }).sorted()
    }

    // MARK: Grounds

    private func grounds(_ outcomes: [FlowOutcome]) -> [FlowExplanation.Ground] {
        var grounds: [FlowExplanation.Ground] = []
        for outcome in outcomes {
            switch outcome {
            case .delivered(let server, let grants), .conditional(let server, let grants):
                for ground in grants.flatMap({ self.grounds(of: $0, server) }) where !grounds.contains(ground) {
                    grounds.append(ground)
                }
            default: break
            }
        }
        return grounds
    }

    private func grounds(
        of grant: FlowOutcome.Grant, _ server: CompiledFlow.Server
    ) -> [FlowExplanation.Ground] {
        switch grant {
        case .permissive: return [permissiveGround(server.identity.namespace)]
        case .policy(let name, let target, let match, let answer):
            return PolicyGround(contents: contents, port: server.port).grounds(name, target, match, answer)
        }
    }

    private func permissiveGround(_ namespace: String) -> FlowExplanation.Ground {
        let row = contents.namespaces[ObjectName(namespace: "", name: namespace)]
        let (object, path) =
            row?.object.permissiveMode == true
            ? (
                ObjectKey(kind: .namespace, name: ObjectName(namespace: "", name: namespace)),
                "metadata.annotations[\(MeshLabels.permissiveMode)]"
            )
            : (
                ObjectKey(kind: .meshConfig, name: settings.meshConfigName),
                "spec.traffic.enablePermissiveTrafficPolicyMode"
            )
        return .init(object: object, path: path, route: nil, matchPath: "", matchName: "", conditions: [])
    }

    /// What else may keep a request from its answer.
    var remarks: [String] {
        guard isHTTP,
            let asked = contents.meshConfigs[settings.meshConfigName]?.object.inEffect.traffic
                .inboundExternalAuthorization, asked.enable
        else { return [] }
        return ["each request is also put to \(asked.address):\(asked.port), which may refuse it (MeshConfig)"]
    }
}
