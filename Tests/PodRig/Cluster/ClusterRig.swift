import Foundation
import MeshModel

/// A cluster with one node, and the pods and the controllers that run on it.
final class ClusterRig: PodMesh {
    let programs: PodPrograms
    let cluster: Cluster
    let replicas: [Replica]
    let service: ReplicaService
    private(set) var pods: [RunningPod] = []
    var loads: [Traffic] = []
    var connections: [TCPTraffic] = []
    private let files: RigDirectory
    private let network: NodeNetwork
    private let agent: NodeAgent
    private var addresses: [ObjectName: String] = [:]
    /// The pods of which the API server knows that they are ready.
    private var published: Set<String> = []

    var directory: String { files.path }
    var node: Namespace { network.node }

    /// Makes the directory of a rig; nothing runs yet.
    init(_ programs: OperatorPrograms) throws {
        files = try RigDirectory()
        let (directory, logs) = (files.path, files.logs)
        do {
            self.programs = try files.programs(app: programs.app, envoy: programs.envoy)
            let controller = try files.publish(programs.controller)
            network = NodeNetwork(processID: getpid())
            let node = network.node
            cluster = Cluster(
                script: programs.cluster, kubectl: programs.kubectl, state: "\(directory)/cluster", node: node)
            agent = NodeAgent(cluster: cluster, controller: controller)
            service = ReplicaService(node: node)
            replicas = (1...2).map { number in
                Replica(
                    number: number, program: controller, kubeconfig: "\(directory)/controller.kubeconfig", logs: logs,
                    node: node)
            }
        } catch {
            files.remove(keepingLogs: false)
            throw error
        }
    }

    /// The address that the API server gave a Service.
    func address(of service: ObjectName, _ family: IPAddress.Family) throws -> String {
        if family == .v4, let address = addresses[service] { return address }
        struct Service: Decodable {
            struct Spec: Decodable { let clusterIP: String }
            let spec: Spec
        }
        let words = ["get", "service", service.name, "--namespace", service.namespace, "--output", "json"]
        let stored = try JSONDecoder().decode(Service.self, from: Data(cluster.kubectl.check(words).utf8))
        guard family == .v4, IPAddress(stored.spec.clusterIP) != nil else {
            throw RigError(.file, "Service \(service) has no address of IP\(family)")
        }
        addresses[service] = stored.spec.clusterIP
        return stored.spec.clusterIP
    }

    /// Starts the cluster, with what an installation of the mesh puts into it.
    ///
    /// - Parameter installation: what kubectl applies, one after another: files, or directories for `--kustomize`.
    func startCluster(_ installation: [Installation]) throws {
        try network.make()
        for replica in replicas { try network.addAddress(replica.address) }
        try cluster.up()
        for part in installation {
            try cluster.kubectl.check(["apply"] + part.options)
            // Kinds can be used a moment after they are there.
            let kinds = ["wait", "crd", "--all", "--for", "condition=Established", "--timeout", "60s"]
            try cluster.kubectl.check(kinds)
        }
        try agent.registerNode()
        let path = "\(directory)/controller.kubeconfig"
        try Data(cluster.kubeconfig(of: "osm-controller", in: "osm-system").utf8).write(to: URL(filePath: path))
    }

    /// Creates the pods and their places on the network; they are bound, and not ready.
    func create(_ specifications: [PodSpecification]) throws {
        try cluster.kubectl.apply(specifications.map(\.injectedManifest).joined(separator: "---\n"))
        for specification in specifications {
            try Interruption.check()
            try agent.adopt(specification)
            let namespace = try network.attach(
                specification.shortName, address: specification.address, hosts: "127.0.0.1 localhost\n")
            pods.append(
                RunningPod(
                    specification, namespace: namespace, directory: directory, programs: programs,
                    mountPath: PodSpecification.sidecarFiles))
        }
    }

    /// Gives the pods that do not run yet their sidecars, and returns once all are ready.
    ///
    /// - Parameter replica: The one that serves a pod.
    func run(_ replica: (RunningPod) -> Replica) throws {
        for pod in pods where pod.processes.isEmpty {
            try Interruption.check()
            try service.lead(pod, to: replica(pod))
            try agent.writeFiles(of: pod.specification, to: pod.directory, controllerAddress: service.address)
            try pod.start()
        }
        try awaitReadiness()
    }

    /// The roots by which pods of a namespace are to know the control plane, as its ConfigMap says.
    func bundle(in namespace: String) throws -> String { try agent.bundle(in: namespace)["ca.crt"] ?? "" }

    /// Gives a pod the files that the ConfigMap of its namespace holds now, as the kubelet does after a while.
    func mountBundle(of pod: RunningPod) throws { try agent.mountBundle(of: pod.specification, to: pod.directory) }

    /// Returns once all pods are ready, and the API server knows of each.
    func awaitReadiness() throws {
        try awaitReadiness { (ready: Set<String>) in
            for pod in pods where ready.contains(pod.name) != published.contains(pod.name) {
                try agent.publish(pod.specification, isReady: ready.contains(pod.name))
            }
            published = ready
        }
    }

    /// Puts the logs of the cluster's programs where they outlive it.
    func keepClusterLogs() {
        for path in ["log", "audit.log"] {
            try? FileManager.default.copyItem(
                atPath: "\(directory)/cluster/\(path)", toPath: "\(programs.logs)/cluster-\(path)")
        }
    }

    /// Stops and removes everything but the directory, and returns what could not be removed.
    func stop() -> [String] {
        RunningProgram.stopAll(trafficPrograms + pods.flatMap(\.processes) + replicas.compactMap(\.process))
        return cluster.down() + network.remove()
    }

    /// Removes the directory, or only the programs in it so that logs can be looked at.
    func removeFiles(keepingLogs: Bool) { files.remove(keepingLogs: keepingLogs) }
}

/// The programs that a cluster with pods is made of.
struct OperatorPrograms {
    let controller: String
    let app: String
    let envoy: String
    let kubectl: String
    /// The script `hack/cluster.sh`.
    let cluster: String
}

/// Something that kubectl applies when the mesh is installed.
enum Installation {
    case file(String)
    case kustomization(String)

    /// The options of `kubectl apply`.
    var options: [String] {
        switch self {
        case .file(let path): ["--filename", path]
        case .kustomization(let path): ["--kustomize", path]
        }
    }
}
