internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel
internal import MeshStatus

/// The lease of the replica that writes status.
struct LeaderLease: Decodable, Sendable {
    struct Spec: Decodable, Sendable { var holderIdentity: String? }

    var spec: Spec?
}

extension ClusterConnection {
    /// The name of the replica that writes status; `nil` where none does, or nobody may tell.
    func leader(in namespace: String) async throws -> String? {
        let name = ObjectName(namespace: namespace, name: "osm-controller")
        do {
            let holder = try await client.get(.lease, name, as: LeaderLease.self)?.spec?.holderIdentity
            return holder.flatMap { $0.isEmpty ? nil : $0 }
        } catch let error as KubernetesError where error.code == .forbidden {
            console.debug("the leader is not known: \(error)")
            return nil
        }
    }

    /// The pods of a control plane, the leader first: what they tell of all proxies is complete at the leader only.
    func statusPods(in namespace: String) async throws -> [ObjectName] {
        let leader = try await leader(in: namespace)
        let names = try await controllerPods(in: namespace).filter(\.isRunning).map(\.metadata.name)
        let sorted = names.filter { $0 == leader } + names.filter { $0 != leader }
        return sorted.map { ObjectName(namespace: namespace, name: $0) }
    }

    /// What the control plane tells of all objects and proxies.
    ///
    /// - Throws: ``CommandFailure`` if none of its pods answers.
    func statusReport(in namespace: String) async throws -> StatusReport {
        let text = try await fromController(in: namespace, "/status")
        do {
            return try JSONDecoder().decode(StatusReport.self, from: Data(text.utf8))
        } catch {
            throw CommandFailure(
                "reading what the control plane in namespace \(namespace) tells",
                because: "it is of another version than this command", advice: "see `osm version`")
        }
    }

    /// What the first pod of the control plane that answers says.
    ///
    /// - Throws: ``CommandFailure`` of the first pod if none answers.
    func fromController(in namespace: String, _ path: String, localPort: UInt16 = 0) async throws -> String {
        var failure: CommandFailure?
        for pod in try await statusPods(in: namespace) {
            do {
                return try await controllerText(from: pod, path: path, localPort: localPort)
            } catch let error as CommandFailure {
                console.debug("\(error)")
                failure = failure ?? error
            }
        }
        throw failure
            ?? CommandFailure(
                "asking the control plane in namespace \(namespace)", because: "none of its pods runs",
                advice: "see `kubectl get pods -n \(namespace)`, or name another namespace with --osm-namespace")
    }
}
