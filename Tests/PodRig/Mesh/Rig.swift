import Foundation
import MeshModel

/// Everything that runs: the node, the controller and the pods, with their files in one directory.
final class Rig: PodMesh {
    let manifests: EditedManifests
    let controller: Controller
    let programs: PodPrograms
    private(set) var pods: [RunningPod] = []
    var loads: [Traffic] = []
    var connections: [TCPTraffic] = []
    private let network: NodeNetwork
    private var outside: Namespace?
    /// Lines for the `/etc/hosts` of every pod, beside those of the Services.
    var otherHosts: [String] = []
    /// The host on which the controller runs.
    var node: Namespace { network.node }
    private var services: [Service]

    private let files: RigDirectory
    var directory: String { files.path }

    /// Makes the directory of a rig; nothing runs yet.
    convenience init(controller: String, app: String, envoy: String, sample: String) throws {
        let files = try RigDirectory()
        do {
            try self.init(in: files, controller: controller, app: app, envoy: envoy, sample: sample)
        } catch {
            files.remove(keepingLogs: false)
            throw error
        }
    }

    private init(in files: RigDirectory, controller: String, app: String, envoy: String, sample: String) throws {
        self.files = files
        programs = try files.programs(app: app, envoy: envoy)
        manifests = try EditedManifests(copyOf: sample, at: "\(files.path)/manifests")
        services = try SampleServices.read(from: manifests.path)
        network = NodeNetwork(processID: getpid())
        self.controller = Controller(
            program: try files.publish(controller), manifests: manifests, directory: files.path, logs: files.logs,
            node: network.node)
    }

    /// Starts the controller and the pods, and returns once all of them are ready.
    func start(_ specifications: [PodSpecification], progress: (String) -> Void) throws {
        try write(specifications)
        progress("network: a node with a bridge, \(specifications.count) pods")
        try network.make()
        for specification in specifications {
            try Interruption.check()
            pods.append(try place(specification, among: specifications))
        }
        progress("controller")
        try controller.start()
        for pod in pods {
            try Interruption.check()
            try pod.start(with: controller)
        }
        try awaitReadiness(progress: progress)
    }

    /// Makes a host on the bridge that is no pod of the mesh: without redirection and without a sidecar.
    func attach(_ name: String, _ address: String, _ namespace: String) throws -> Namespace {
        try network.attach(name, address: address, hosts: hosts(seenFrom: namespace, among: pods.map(\.specification)))
    }

    /// The host for clients without a sidecar: no pod, made when it is first wanted.
    func outsider() throws -> Namespace {
        if let outside { return outside }
        let namespace = try attach("outsider", "10.77.2.1", "default")
        outside = namespace
        return namespace
    }

    private func place(_ specification: PodSpecification, among all: [PodSpecification]) throws -> RunningPod {
        let namespace = try network.attach(
            specification.shortName, address: specification.address, ipv6Address: specification.ipv6Address,
            hosts: hosts(seenFrom: specification.name.namespace, among: all))
        return RunningPod(specification, namespace: namespace, directory: directory, programs: programs)
    }

    func address(of service: ObjectName, _ family: IPAddress.Family) throws -> String {
        let addresses = services.first { $0.name == service }?.clusterIPs ?? []
        guard let address = addresses.first(where: { $0.family == family }) else {
            throw RigError(.file, "the manifests have no Service \(service) with a clusterIP of IP\(family)")
        }
        return family == .v4 ? "\(address)" : "[\(address)]"
    }

    /// Writes the endpoints anew, by what pods are ready now.
    func publishEndpoints() throws { try writeEndpoints(of: pods.map(\.specification)) }

    /// Takes up the Services as the manifests have them now: endpoints and names follow.
    func takeUpServices() throws {
        services = try SampleServices.read(from: manifests.path)
        try publishEndpoints()
        try writeHosts()
    }

    /// Ends a pod and everything in it, and removes it from the manifests; the others stay as they are.
    func remove(_ name: String) throws {
        let pod = try pod(name)
        pods.removeAll { $0 === pod }
        // As in a cluster: it is no endpoint any more when its processes end, and its Pod is the last to go.
        try publishEndpoints()
        _ = RunningProgram.stop(pod.processes)
        try network.detach(pod.namespace)
        try write(pods.map(\.specification))
        try writeHosts()
    }

    /// Adds a pod, and returns once it is ready.
    func add(_ specification: PodSpecification) throws {
        let all = pods.map(\.specification) + [specification]
        try write(all)
        let pod = try place(specification, among: all)
        pods.append(pod)
        try writeHosts()
        try pod.start(with: controller)
        try awaitReadiness()
    }

    /// Ends a pod, and puts another one of the same name in its place, as a StatefulSet does.
    ///
    /// - Parameter address: the address of the new one, if it is another.
    func restart(_ name: String, address: String? = nil) throws {
        let successor = try pod(name).specification.successor(at: address)
        try remove(name)
        try add(successor)
    }

    private func writeHosts() throws {
        for pod in pods {
            let home = pod.specification.name.namespace
            try pod.namespace.writeHosts(hosts(seenFrom: home, among: pods.map(\.specification)))
        }
    }

    private func hosts(seenFrom namespace: String, among pods: [PodSpecification]) -> String {
        let others = otherHosts.map { "\($0)\n" }.joined()
        return HostNames.hosts(of: services, pods: pods, seenFrom: namespace) + others
    }

    /// Stops and removes everything but the directory, and returns what could not be removed.
    func stop() -> [String] {
        RunningProgram.stopAll(trafficPrograms + pods.flatMap(\.processes) + controller.programs)
        return network.remove()
    }

    /// Removes the directory, or only the programs in it so that logs and manifests can be looked at.
    func removeFiles(keepingLogs: Bool) { files.remove(keepingLogs: keepingLogs) }

    /// Returns once all pods are ready; each is published as soon as it is.
    func awaitReadiness(progress: (String) -> Void = { _ in }) throws {
        try awaitReadiness { (ready: Set<String>) in
            try writeEndpoints(of: pods.map(\.specification))
            progress("ready: \(ready.sorted().joined(separator: ", "))")
        }
    }

    /// Writes the manifests of pods, and of the endpoints that they are.
    private func write(_ specifications: [PodSpecification]) throws {
        try manifests.write(specifications.map(\.manifest).joined(separator: "---\n"), to: "pods.yaml")
        try writeEndpoints(of: specifications)
    }

    private func writeEndpoints(of specifications: [PodSpecification]) throws {
        let ready = Set(pods.filter(\.isReady).map(\.specification.uid))
        let text = EndpointManifest.text(services: services, pods: specifications) { ready.contains($0.uid) }
        try manifests.write(text, to: "endpoints.yaml")
    }
}
