import MeshModel
import MeshPolicy
import PolicyCompiler

extension CompiledMesh {
    /// What becomes of a call, by each port of the service that it may be: sorted by port, at least one.
    package func explain(_ question: FlowQuestion) -> [FlowExplanation] {
        if let obstacle = clientObstacle(question) { return [obstacle] }
        return standingIn(for: question.client) { view, remarks in
            let ports = value(MeshService.self, question.service)?.ports.map(\.port) ?? []
            let wanted = question.port.map { [$0] } ?? ports
            guard !wanted.isEmpty, Set(wanted).isSubset(of: ports) else {
                return [serviceObstacle(question)]
            }
            return wanted.map { number in
                explain(question, view, ServicePort(service: question.service, port: number), remarks)
            }
        }
    }

    /// Does something with the view of a proxy of an identity.
    ///
    /// Where no pod runs as the identity, one is there for as long as that takes.
    private func standingIn<Result>(
        for client: ServiceIdentity, _ body: (PodView.View, [String]) -> Result
    ) -> Result where Result: Collection, Result: RangeReplaceableCollection {
        if let pod = proxies[client]?.first, let view = view(of: pod) { return body(view, []) }
        let name = ObjectName(namespace: client.namespace, name: "nobody-\(contents.pods.count)")
        let pod = Pod(
            metadata: ObjectMetadata(name: name.name, namespace: name.namespace), serviceAccount: client.serviceAccount)
        apply([Pod.change(name, ObjectRow(object: pod, problems: []))])
        defer { apply([Pod.change(name, nil)]) }
        guard let view = view(of: name) else { return Result() }
        return body(view, ["no pod runs as \(client) now: this is what one would meet"])
    }

    private func explain(
        _ question: FlowQuestion, _ view: PodView.View, _ port: ServicePort, _ remarks: [String]
    ) -> FlowExplanation {
        guard let flow = flow(from: view, to: port) else { return serviceObstacle(question) }
        let outcomes = flow.outcomes(of: question.request)
        let account = FlowAccount(contents: contents, settings: settings, flow: flow, request: question.request)
        let verdict = account.verdict(outcomes)
        var remarks = remarks + account.remarks
        let claimed = value(ClaimedAddresses.self, port)
        for address in claimed {
            guard let owner = value(AddressClaim.self, address), owner != port else { continue }
            remarks.append("\(address) leads to \(owner), which is older")
        }
        if flow.addresses.isEmpty, claimed.allSatisfy({ value(AddressClaim.self, $0) != port }) {
            let reason =
                claimed.isEmpty
                ? "no pod of the headless Service has an address" : "every address of it belongs to an older Service"
            return account.explanation(.unavailable, outcomes, because: reason, misses: [], remedy: nil, remarks)
        }
        guard verdict == .denied || verdict == .depends else {
            return account.explanation(verdict, outcomes, misses: [], remedy: nil, remarks)
        }
        let doors = account.closedDoors(outcomes)
        if flow.addresses.isEmpty, doors.isEmpty {
            let reason =
                "no pod with a sidecar that is selected stands behind \(port), so that no ServiceAccount can be named"
            return account.explanation(.unavailable, outcomes, because: reason, misses: [], remedy: nil, remarks)
        }
        let misses = doors.sorted().flatMap { door in
            NearMisses(
                contents: contents,
                call: .init(
                    client: flow.client, destination: door.destination, port: door.port,
                    wireProtocol: door.wireProtocol, request: account.understood)
            ).nearest
        }
        let draft = PolicyDraft(
            contents: contents, client: flow.client, service: port.service, request: account.understood)
        let nearest = NearMiss.nearest(of: misses)
        var remedy: Remedy?
        if !doors.isEmpty {
            let edit = nearest.first.flatMap(\.edit)
            let advice = (edit.map { "\($0); or apply" } ?? "Apply") + " what allows just this:"
            remedy = Remedy(advice: advice, manifest: draft.manifest(opening: doors), commands: [])
        }
        return account.explanation(verdict, outcomes, misses: nearest, remedy: remedy, remarks)
    }
}

extension NearMiss {
    /// The nearest of those that several doors have: each once, three at most.
    static func nearest(of all: [NearMiss]) -> [NearMiss] {
        var seen: Set<NearMiss> = []
        let sorted = all.sorted {
            ($0.distance, $0.target, $0.rulePath, $0.match) < ($1.distance, $1.target, $1.rulePath, $1.match)
        }
        return Array(sorted.filter { seen.insert($0).inserted }.prefix(3))
    }

    /// The edit that would do, where one field is in the way; `nil` where more is.
    var edit: String? {
        guard misses.count == 1, let miss = misses.first, miss.weight < 4 else { return nil }
        return "Edit \(miss.path) of \(miss.object)"
    }
}
