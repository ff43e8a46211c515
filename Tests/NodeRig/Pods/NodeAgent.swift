import Foundation
import NIOHTTP1
import Synchronization

/// The node's agent: what the kubelet and kube-proxy are on a real node.
final class NodeAgent: Sendable {
    let node: Node
    let pods: ObjectStore<StoredPod>
    private let slices: ObjectStore<EndpointSlice>
    private let http = HTTPGetter()
    private let agents = Mutex<[String: PodAgent]>([:])
    private let kubeletPort: Int

    init(_ node: Node, pods: ObjectStore<StoredPod>, slices: ObjectStore<EndpointSlice>, kubeletPort: Int) {
        self.node = node
        self.pods = pods
        self.slices = slices
        self.kubeletPort = kubeletPort
    }

    /// The agent of a pod.
    func agent(_ namespace: String, _ name: String) -> PodAgent? {
        agents.withLock { $0.values.first { $0.pod.namespace == namespace && $0.pod.metadata.name == name } }
    }

    /// Runs pods until the task is cancelled; then everything is ended and removed.
    ///
    /// - Parameter ready: Called once the node is ready.
    func run(ready: @Sendable () -> Void) async throws {
        await LeftoverContainers.remove(of: node.settings.directory)
        await node.network.removeAll()
        let proxy = ServiceProxy(services: node.services, slices: slices)
        try await proxy.prepare()
        let names = try await DNSServer(
            DNSZone(services: node.services, slices: slices), address: NodeNamespace.nameServer)
        let kubelet = try await KubeletServer(self, port: kubeletPort)
        await withTaskGroup(of: Void.self) { group in
            await follow(&group)
            group.addTask { await proxy.run() }
            group.addTask { await self.node.events.run() }
            group.addTask { await kubelet.run() }
            for isComplete in [
                node.services.isComplete, node.configMaps.isComplete, node.secrets.isComplete, slices.isComplete,
                pods.isComplete,
            ] { _ = try? await isComplete.wait() }
            node.files.load()
            group.addTask { await self.node.files.run() }
            group.addTask { await self.runPods() }
            let object = NodeObject(name: node.settings.name, kubeletPort: kubeletPort)
            while !Task.isCancelled {
                do {
                    try await object.register(with: node.api)
                    ready()
                    break
                } catch {
                    Console.say("the node is not registered yet: \(error)")
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            _ = try? await Task.sleep(for: .seconds(1 << 30))
            // Not cut short, though the task is cancelled.
            let ending = Task { await self.end(proxy) }
            await ending.value
            await names.stop()
            group.cancelAll()
        }
        // Also what was being started meanwhile.
        let rest = Task { await self.removeContainers() }
        await rest.value
        await http.shutdown()
    }

    /// Ends and removes everything.
    private func end(_ proxy: ServiceProxy) async {
        for agent in agents.withLock({ Array($0.values) }) { agent.kill() }
        node.events.finish()
        await NodeObject(name: node.settings.name, kubeletPort: kubeletPort).remove(with: node.api)
        await proxy.remove()
        await removeContainers()
    }

    private func removeContainers() async {
        await LeftoverContainers.remove(of: node.settings.directory)
        await node.network.removeAll()
        try? FileManager.default.removeItem(atPath: "\(node.settings.directory)/box")
    }

    private func follow(_ group: inout TaskGroup<Void>) async {
        let api = node.api
        let core = "/api/v1"
        let sliceVersion = await sliceVersion()
        let (node, slices, pods) = (node, slices, pods)
        let query = "fieldSelector=spec.nodeName%3D\(node.settings.name)"
        group.addTask { await Reflector(api: api, path: "\(core)/services", store: node.services).run() }
        group.addTask { await Reflector(api: api, path: "\(core)/configmaps", store: node.configMaps).run() }
        group.addTask { await Reflector(api: api, path: "\(core)/secrets", store: node.secrets).run() }
        group.addTask { await Reflector(api: api, path: "\(core)/pods", query: query, store: pods).run() }
        group.addTask {
            let path = "/apis/discovery.k8s.io/\(sliceVersion)/endpointslices"
            await Reflector(api: api, path: path, store: slices).run()
        }
    }

    /// The version of EndpointSlices that the API server has: from 1.21 on version 1, before only the beta.
    private func sliceVersion() async -> String {
        while !Task.isCancelled {
            do {
                try await node.api.send(.GET, "/apis/discovery.k8s.io/v1")
                break
            } catch let failure as APIClient.Failure where failure.status == 404 {
                return "v1beta1"
            } catch {
                Console.say("the API server does not answer yet: \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return "v1"
    }

    /// Gives every pod of the node an agent, and tells it what is heard of the pod.
    private func runPods() async {
        await withTaskGroup(of: Void.self) { group in
            // What the agents were told last.
            var told: [String: String] = [:]
            for await _ in pods.changes() {
                let stored = Dictionary(pods.all.map { ($0.metadata.uid ?? "", $0) }) { $1 }
                for (uid, agent) in agents.withLock(\.self) where stored[uid] == nil {
                    told[uid] = nil
                    agent.vanished()
                }
                for (uid, pod) in stored where told[uid] != pod.metadata.resourceVersion {
                    told[uid] = pod.metadata.resourceVersion
                    if let agent = agents.withLock({ $0[uid] }) {
                        let status: Pod.Status? = try? (pod.json["status"] ?? .null).decoded()
                        agent.heard(pod.metadata, status?.conditions ?? [])
                    } else {
                        await begin(pod, &group)
                    }
                }
                guard !Task.isCancelled else { break }
            }
        }
    }

    private func begin(_ stored: StoredPod, _ group: inout TaskGroup<Void>) async {
        let phase = stored.json.at("status", "phase")?.string ?? "Pending"
        if ["Succeeded", "Failed"].contains(phase) {
            guard stored.metadata.deletionTimestamp != nil else { return }
            let path = "/api/v1/namespaces/\(stored.metadata.namespace ?? "")/pods/\(stored.metadata.name)"
            _ = try? await node.api.send(.DELETE, "\(path)?gracePeriodSeconds=0")
            return
        }
        do {
            let pod: Pod = try node.files.complete(stored).decoded()
            let agent = PodAgent(pod, node: node, http: http)
            agents.withLock { $0[pod.uid] = agent }
            group.addTask {
                await agent.run()
                // Not before the API server has forgotten it, lest it begins again.
                while self.pods.all.contains(where: { $0.metadata.uid == pod.uid }), !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                }
                self.agents.withLock { $0[pod.uid] = nil }
            }
        } catch {
            Console.say("pod \(stored.metadata.key) cannot be read: \(error)")
        }
    }
}
