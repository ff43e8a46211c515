import Foundation
import MeshModel

/// Everything that runs: the node, the controller and the pods, with their files in one directory.
final class Rig {
    let directory: String
    let manifests: EditedManifests
    let controller: Controller
    let programs: PodPrograms
    private(set) var pods: [RunningPod] = []
    /// Loads and whatever else was started in pods.
    var loads: [Traffic] = []
    private let network: NodeNetwork
    private let services: [Service]

    /// Makes the directory of a rig; nothing runs yet.
    convenience init(controller: String, app: String, envoy: String, sample: String) throws {
        let directory = "/tmp/\(LeftoverRigs.prefix)\(getpid())"
        do {
            try self.init(in: directory, controller: controller, app: app, envoy: envoy, sample: sample)
        } catch {
            try? FileManager.default.removeItem(atPath: directory)
            throw error
        }
    }

    private init(in directory: String, controller: String, app: String, envoy: String, sample: String) throws {
        self.directory = directory
        let (binaries, logs) = ("\(directory)/bin", "\(directory)/logs")
        do {
            try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        } catch { throw RigError(.file, "cannot make \(directory)", cause: error) }
        programs = PodPrograms(
            app: try Rig.publish(app, in: binaries), envoy: try Rig.publish(envoy, in: binaries), logs: logs)
        manifests = try EditedManifests(copyOf: sample, at: "\(directory)/manifests")
        services = try SampleServices.read(from: manifests.path)
        network = NodeNetwork(processID: getpid())
        self.controller = Controller(
            program: try Rig.publish(controller, in: binaries), manifests: manifests, directory: directory, logs: logs,
            node: network.node)
    }

    /// The pod of a name.
    ///
    /// - Throws: `RigError` with the code `program` if there is none.
    func pod(_ name: String) throws -> RunningPod {
        guard let pod = pods.first(where: { $0.name == name }) else {
            throw RigError(.program, "there is no pod \(name)")
        }
        return pod
    }

    /// Starts the controller and the pods, and returns once all of them are ready.
    func start(_ specifications: [PodSpecification], progress: (String) -> Void) throws {
        try manifests.write(specifications.map(\.manifest).joined(separator: "---\n"), to: "pods.yaml")
        try writeEndpoints(of: specifications)
        progress("network: a node with a bridge, \(specifications.count) pods")
        try network.make()
        for specification in specifications {
            try Interruption.check()
            let namespace = try attach(specification.shortName, specification.address, specification.name.namespace)
            pods.append(
                RunningPod(specification, namespace: namespace, directory: directory, programs: programs))
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
        try network.attach(
            name, address: address, hosts: HostNames.hosts(of: services, seenFrom: namespace))
    }

    /// The address at which clients reach a Service.
    func address(of service: ObjectName) throws -> String {
        guard let address = services.first(where: { $0.name == service })?.clusterIPs.first else {
            throw RigError(.file, "the manifests have no Service \(service) with a clusterIP")
        }
        return "\(address)"
    }

    /// Stops and removes everything but the directory, and returns what could not be removed.
    func stop() -> [String] {
        let programs = loads.flatMap(\.programs) + pods.flatMap(\.processes) + controller.programs
        for name in RunningProgram.stop(programs) {
            FileHandle.standardError.write(
                Data("note: \(name) did not end within 3 s of SIGTERM, and was killed\n".utf8))
        }
        return network.remove()
    }

    /// Removes the directory, or only the programs in it so that logs and manifests can be looked at.
    func removeFiles(keepingLogs: Bool) {
        try? FileManager.default.removeItem(atPath: keepingLogs ? "\(directory)/bin" : directory)
    }

    private func awaitReadiness(progress: (String) -> Void) throws {
        var ready: Set<String> = []
        // What has become ready is published at once, as in a cluster, and not only when all are.
        func probeAll() throws -> Void? {
            for pod in pods { try pod.probe() }
            let now = Set(pods.filter(\.isReady).map(\.name))
            if now != ready {
                ready = now
                try writeEndpoints(of: pods.map(\.specification))
                progress("ready: \(ready.sorted().joined(separator: ", "))")
            }
            return ready.count == pods.count ? () : nil
        }
        func complaints() -> String {
            pods.filter { !$0.isReady }.map { "\($0.name) is not ready\n\($0.complaints)" }.joined(separator: "\n")
        }
        try Waiting.until(
            "all pods to be ready", within: .seconds(60), pause: .milliseconds(100), explanation: complaints, probeAll)
    }

    private func writeEndpoints(of specifications: [PodSpecification]) throws {
        let ready = Set(pods.filter(\.isReady).map(\.specification.uid))
        let text = EndpointManifest.text(services: services, pods: specifications) { ready.contains($0.uid) }
        try manifests.write(text, to: "endpoints.yaml")
    }

    /// Puts a program where users other than root may run it, which the checkout may not allow.
    private static func publish(_ program: String, in directory: String) throws -> String {
        let path = "\(directory)/\(URL(filePath: program).lastPathComponent)"
        let source = URL(filePath: program).resolvingSymlinksInPath().path
        if link(source, path) == 0, access(path, X_OK) == 0 { return path }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        } catch { throw RigError(.file, "cannot copy \(program) to \(path)", cause: error) }
        return path
    }
}
