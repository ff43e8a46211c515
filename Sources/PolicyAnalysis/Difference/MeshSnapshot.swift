internal import ControlLoop
package import MeshModel
import MeshPolicy
package import PolicyCompiler
package import XDSCache

/// What a mesh does at one time, to be compared with another.
package struct MeshSnapshot: Sendable {
    /// A client and what it calls.
    package struct FlowKey: Hashable, Comparable, Sendable {
        package let client: ServiceIdentity
        package let port: ServicePort

        /// A flow.
        package init(client: ServiceIdentity, port: ServicePort) {
            self.client = client
            self.port = port
        }

        /// By what is called, then who calls.
        package static func < (left: FlowKey, right: FlowKey) -> Bool {
            (left.port, left.client) < (right.port, right.client)
        }
    }

    /// Every object.
    package let contents: MeshContents
    /// What each client that has a pod may do on each port that its proxy knows.
    package let flows: [FlowKey: FlowRights]
    /// What each client may do outside of the mesh, in words.
    package let egress: [ServiceIdentity: Set<String>]
    /// What clients outside of the mesh may do, in words.
    package let ingress: [ServiceTargetPort: Set<String>]
    /// The Envoy resources of each proxy, by name, with what distinguishes their content.
    package let resources: [ObjectName: [ResourceName: String]]
    /// What is said of each object, where there is something to say.
    package let diagnoses: [ObjectKey: Diagnosis]
}

extension CompiledMesh {
    /// What the mesh does now.
    package func snapshot() -> MeshSnapshot {
        var flows: [MeshSnapshot.FlowKey: FlowRights] = [:]
        var egress: [ServiceIdentity: Set<String>] = [:]
        var common: [CommonFlow: FlowRights] = [:]
        for (client, pods) in proxies {
            guard let view = pods.first.flatMap(view(of:)) else { continue }
            for key in view.layers {
                for port in layer(key).routes.keys {
                    flows[.init(client: client, port: port)] = rights(view, key, port, &common)
                }
            }
            egress[client] = egressWords(of: view)
        }
        return MeshSnapshot(
            contents: contents, flows: flows, egress: egress, ingress: ingressWords(), resources: resourceVersions(),
            diagnoses: diagnoses())
    }

    /// What is the same for every client: a port that all may call.
    private struct CommonFlow: Hashable {
        let layer: ViewLayer.Key
        let port: ServicePort
    }

    /// What a client may do on a port in a layer of its view.
    private func rights(
        _ view: PodView.View, _ key: ViewLayer.Key, _ port: ServicePort, _ common: inout [CommonFlow: FlowRights]
    ) -> FlowRights? {
        guard case .permissive = key else { return flow(from: view, to: port).flatMap(FlowRights.init) }
        let place = CommonFlow(layer: key, port: port)
        if let known = common[place] { return known }
        let rights = flow(from: view, to: port).flatMap(FlowRights.init)
        common[place] = rights
        return rights
    }

    private func diagnoses() -> [ObjectKey: Diagnosis] {
        contents.keys.reduce(into: [:]) { found, key in
            guard let diagnosis = diagnosis(of: key), !diagnosis.isClean || diagnosis.outside != nil else { return }
            found[key] = diagnosis
        }
    }

    // MARK: Resources

    private func resourceVersions() -> [ObjectName: [ResourceName: String]] {
        var layers: [ViewLayer.Key: [ResourceName: String]] = [:]
        var derived: [DerivedResource: [ResourceName: String]] = [:]
        func versions(of resource: DerivedResource) -> [ResourceName: String] {
            if let known = derived[resource] { return known }
            let made = value(DerivedQuery.self, resource)?.resources() ?? []
            let found = Dictionary(
                made.map { ($0.key.name, "\($0.key.variant) \($0.version)") }, uniquingKeysWith: { $1 })
            derived[resource] = found
            return found
        }
        func versions(of layer: ViewLayer.Key) -> [ResourceName: String] {
            if let known = layers[layer] { return known }
            let found = value(ViewLayer.self, layer).reduce(into: [:]) {
                $0.merge(versions(of: $1)) { first, _ in first }
            }
            layers[layer] = found
            return found
        }
        var result: [ObjectName: [ResourceName: String]] = [:]
        for pod in proxies.values.joined() {
            guard let view = view(of: pod) else { continue }
            result[pod] = view.layers.reduce(into: [:]) { $0.merge(versions(of: $1)) { first, _ in first } }
        }
        return result
    }

    // MARK: The outside

    /// What a proxy lets out of the mesh, in words.
    private func egressWords(of view: PodView.View) -> Set<String> {
        var words: Set<String> = []
        if isEgressPassthrough(view) { words.insert("every address and port") }
        for resource in view.layers.flatMap({ value(ViewLayer.self, $0) }) {
            guard case .egressPort(let key) = resource, let port = value(EgressPortQuery.self, key) else { continue }
            words.formUnion(port.words)
        }
        return words
    }

    /// What clients outside of the mesh may do, in words.
    private func ingressWords() -> [ServiceTargetPort: Set<String>] {
        var words: [ServiceTargetPort: Set<String>] = [:]
        for key in Set(proxies.values.joined().compactMap { view(of: $0)?.inbound }) {
            for port in value(InboundPolicyQuery.self, key)?.ports ?? [] {
                for access in port.ingress {
                    let target = ServiceTargetPort(service: access.service, targetPort: port.port)
                    words[target, default: []].formUnion(access.words)
                }
            }
        }
        return words
    }
}

extension EgressPort {
    /// What may be done, a sentence for each host, server and range.
    fileprivate var words: Set<String> {
        let number = key.port
        var words: Set<String> = []
        for host in hosts ?? [] {
            switch host.matches {
            case nil: words.insert("http \(host.name):\(number): every request")
            case let matches?: words.formUnion(matches.map { "http \(host.name):\(number): \($0.words)" })
            }
        }
        if hosts != nil { words.insert("port \(number) is read as http") }
        for zone in zones {
            let place = zone.range.map { " in \($0)" } ?? ""
            words.formUnion(zone.servers.map { "https \($0.name):\(number)\(place)" })
            if zone.connections != nil { words.insert("tcp port \(number)\(place)") }
        }
        return words
    }
}

extension IngressAccess {
    /// Who may call and how, a sentence for each range of addresses.
    var words: Set<String> {
        let manner =
            switch transport {
            case .plain: "http"
            case .tls(let names, let clients):
                "https" + (names.isEmpty ? "" : " for \(names.joined(separator: ", "))")
                    + {
                        switch clients {
                        case .notAsked: ""
                        case .ofMesh: " with a certificate of the mesh"
                        case .named(let names): " with a certificate of \(names.joined(separator: ", "))"
                        }
                    }()
            }
        guard let addresses else { return ["\(manner) from everywhere"] }
        return Set(addresses.map { "\(manner) from \($0)" })
    }
}
