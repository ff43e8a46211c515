import MeshModel

/// Pods at work, and what calls them steadily.
protocol PodMesh: AnyObject {
    var pods: [RunningPod] { get }
    var programs: PodPrograms { get }
    /// The steady requests of pods.
    var loads: [Traffic] { get set }
    /// The long-lived connections of pods.
    var connections: [TCPTraffic] { get set }

    /// The address at which clients reach a Service, in brackets if that is how it goes before a port.
    ///
    /// - Throws: `RigError` with the code `file` if it has none of the family.
    func address(of service: ObjectName, _ family: IPAddress.Family) throws -> String
}

extension PodMesh {
    /// The pod of a name.
    ///
    /// - Throws: `RigError` with the code `program` if there is none.
    func pod(_ name: String) throws -> RunningPod {
        guard let pod = pods.first(where: { $0.name == name }) else {
            throw RigError(.program, "there is no pod \(name)")
        }
        return pod
    }

    /// The first address of a Service.
    func address(of service: ObjectName) throws -> String { try address(of: service, .v4) }

    /// All programs that make requests or hold connections.
    var trafficPrograms: [RunningProgram] { loads.flatMap(\.programs) + connections.flatMap(\.programs) }

    /// Waits until all pods are ready.
    ///
    /// - Parameter publish: makes known which pods are ready, whenever that is not as it was.
    func awaitReadiness(_ publish: (Set<String>) throws -> Void) throws {
        var ready: Set<String>?
        // What has become ready is published at once, as in a cluster, and not only when all are.
        func probeAll() throws -> Void? {
            for pod in pods { try pod.probe() }
            let now = Set(pods.filter(\.isReady).map(\.name))
            if now != ready {
                ready = now
                try publish(now)
            }
            return now.count == pods.count ? () : nil
        }
        func complaints() -> String {
            pods.filter { !$0.isReady }.map { "\($0.name) is not ready\n\($0.complaints)" }.joined(separator: "\n")
        }
        try Waiting.until(
            "all pods to be ready", within: .seconds(60), pause: .milliseconds(100), explanation: complaints, probeAll)
    }
}
