import MeshModel
import MeshPolicy
import PolicyCompiler

/// What is in the way of a call before any policy is asked.
extension CompiledMesh {
    /// Why the client takes no part in the mesh; `nil` if it does, or would.
    func clientObstacle(_ question: FlowQuestion) -> FlowExplanation? {
        let client = question.client
        guard value(NamespaceMode.self, client.namespace) != .outside else {
            return withoutIdentity(
                question, "namespace \(client.namespace) of the client is not in the mesh",
                Remedy(
                    advice: "Take the namespace into the mesh, and let its pods start anew:", manifest: "",
                    commands: [
                        "osm namespace add \(client.namespace)",
                        "kubectl rollout restart deployment -n \(client.namespace)",
                    ]))
        }
        let running = contents.pods.values.compactMap(\.valid).filter { $0.identity == client && !$0.isTerminal }
        guard !running.isEmpty, proxies[client] == nil else { return nil }
        let name = running.map(\.name).min().map(\.description) ?? ""
        return withoutIdentity(
            question, "pods run as \(client), such as \(name), but none has a sidecar of this mesh",
            Remedy(
                advice: "Let the pods start anew, without an annotation that keeps the sidecar away:", manifest: "",
                commands: ["kubectl rollout restart deployment -n \(client.namespace)"]))
    }

    /// What a client from outside of the mesh meets.
    private func withoutIdentity(_ question: FlowQuestion, _ reason: String, _ remedy: Remedy) -> FlowExplanation {
        let entries = entries(question)
        guard !entries.isEmpty else {
            return FlowExplanation(
                question, .denied, "\(reason): its calls carry no identity, and sidecars refuse them", remedy: remedy)
        }
        return FlowExplanation(
            question, .depends, "\(reason): its calls carry no identity, and only an IngressBackend may let them in",
            grounds: entries, remedy: remedy)
    }

    /// What lets clients from outside of the mesh in: sorted by object.
    private func entries(_ question: FlowQuestion) -> [FlowExplanation.Ground] {
        let ports = value(MeshService.self, question.service)?.ports ?? []
        let asked = Set(ports.filter { question.port == nil || $0.port == question.port }.flatMap(\.targetPorts))
        let inbound = Set(pods(behind: question.service).compactMap { view(of: $0.name)?.inbound })
        var words: [ObjectKey: Set<String>] = [:]
        for port in inbound.flatMap({ value(InboundPolicyQuery.self, $0)?.ports ?? [] }) {
            for access in port.ingress where asked.contains(port.port) && access.service == question.service {
                words[access.origin, default: []].formUnion(access.words)
            }
        }
        return words.sorted { $0.key < $1.key }.map { object, words in
            FlowExplanation.Ground(
                object: object, path: "spec.backends", route: nil, matchPath: "", matchName: "",
                conditions: [words.sorted().joined(separator: " or ")])
        }
    }

    /// Why there is no such port of such a service in the mesh.
    func serviceObstacle(_ question: FlowQuestion) -> FlowExplanation {
        let name = question.service
        let key = ObjectKey(kind: .service, name: name)
        guard let row = contents.services[name] else {
            let others = contents.services.keys.filter { $0.namespace == name.namespace }.sorted().map(\.name)
            let known =
                others.isEmpty
                ? "nor any other in the namespace" : "only \(NearMisses.list(others, empty: ""))"
            return FlowExplanation(question, .unavailable, "there is no Service \(name), \(known)")
        }
        guard row.isValid else {
            return FlowExplanation(
                question, .unavailable,
                "\(key) is malformed: " + row.problems.map(\.description).joined(separator: "; "))
        }
        if value(NamespaceMode.self, name.namespace) == .outside {
            return FlowExplanation(
                question, .unavailable,
                "namespace \(name.namespace) of the Service is not in the mesh: what goes there leaves the mesh, and "
                    + "the client's egress decides",
                remedy: Remedy(
                    advice: "Take the namespace into the mesh, and let its pods start anew:", manifest: "",
                    commands: [
                        "osm namespace add \(name.namespace)",
                        "kubectl rollout restart deployment -n \(name.namespace)",
                    ]))
        }
        guard let facts = value(MeshService.self, name) else {
            let reason =
                row.object.type == "ExternalName"
                ? "it is an ExternalName"
                : row.object.selector.isEmpty
                    ? "it selects no pods, and no TrafficSplit divides its requests"
                    : "none of its endpoints is a pod with a sidecar"
            return FlowExplanation(
                question, .unavailable,
                "\(key) is none of the mesh: \(reason); what goes there leaves the mesh, and egress decides"
            )
        }
        let ports = facts.ports.map { "\($0.port)" }
        let summary =
            ports.isEmpty
            ? "\(key) has no TCP port"
            : "\(key) has no TCP port \(question.port.map(String.init) ?? ""), only \(ports.joined(separator: ", "))"
        return FlowExplanation(question, .unavailable, summary)
    }
}

extension FlowExplanation {
    /// What is said where no policy is asked.
    init(
        _ question: FlowQuestion, _ verdict: Verdict, _ summary: String, grounds: [Ground] = [], remedy: Remedy? = nil
    ) {
        self.init(
            client: question.client, port: ServicePort(service: question.service, port: question.port ?? 0),
            wireProtocol: nil, request: question.request, verdict: verdict, summary: summary, outcomes: [], steps: [],
            grounds: grounds, nearMisses: [], remedy: remedy, remarks: [])
    }
}
