import MeshModel
import MeshPolicy
import PolicyCompiler

/// What is in the way of a call before any policy is asked.
extension CompiledMesh {
    /// Why the client takes no part in the mesh; `nil` if it does, or would.
    func clientObstacle(_ question: FlowQuestion) -> FlowExplanation? {
        let client = question.client
        guard value(NamespaceMode.self, client.namespace) != .outside else {
            return FlowExplanation(
                question, .denied,
                "namespace \(client.namespace) of the client is not in the mesh: its calls carry no "
                    + "identity, and sidecars refuse them",
                remedy: Remedy(
                    advice: "Take the namespace into the mesh, and let its pods start anew:", manifest: "",
                    commands: [
                        "osm namespace add \(client.namespace)",
                        "kubectl rollout restart deployment -n \(client.namespace)",
                    ]))
        }
        let running = contents.pods.values.compactMap(\.valid).filter { $0.identity == client && !$0.isTerminal }
        guard !running.isEmpty, proxies[client] == nil else { return nil }
        let name = running.map(\.name).min().map(\.description) ?? ""
        return FlowExplanation(
            question, .denied,
            "pods run as \(client), such as \(name), but none has a sidecar of this mesh: their calls "
                + "carry no identity, and sidecars refuse them",
            remedy: Remedy(
                advice: "Let the pods start anew, without an annotation that keeps the sidecar away:", manifest: "",
                commands: ["kubectl rollout restart deployment -n \(client.namespace)"]))
    }

    /// Why there is no such port of such a service in the mesh.
    func serviceObstacle(_ question: FlowQuestion) -> FlowExplanation {
        let name = question.service
        let key = ObjectKey(kind: .service, name: name)
        guard let row = contents.services[name] else {
            return FlowExplanation(question, .unavailable, "there is no Service \(name)")
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
    init(_ question: FlowQuestion, _ verdict: Verdict, _ summary: String, remedy: Remedy? = nil) {
        self.init(
            client: question.client, port: ServicePort(service: question.service, port: question.port ?? 0),
            wireProtocol: nil, request: question.request, verdict: verdict, summary: summary, outcomes: [], steps: [],
            grounds: [], nearMisses: [], remedy: remedy, remarks: [])
    }
}
