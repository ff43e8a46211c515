internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// What the other objects of an installation stand on: the kinds, and the namespace.
struct InstallationGround: Sendable {
    let cluster: ClusterConnection

    private struct Found: Decodable {
        struct Metadata: Decodable { let deletionTimestamp: String? }
        struct Status: Decodable { let conditions: [Condition]? }
        struct Condition: Decodable {
            let type: String
            let status: String
        }
        let metadata: Metadata
        let status: Status?
    }

    private func find(_ object: InstallationObject) async throws -> Found? {
        try await cluster.client.get(APIResource(object.reference), object.reference.name, as: Found.self)
    }

    /// Waits until none of some objects is being deleted: what is applied to one then goes with it.
    ///
    /// A kind says of itself that it is established until it is gone.
    ///
    /// - Throws: ``CommandFailure`` if it takes too long; `KubernetesError`, `CancellationError`.
    func waitUntilNothingEnds(of objects: [InstallationObject], before deadline: ContinuousClock.Instant) async throws {
        for object in objects {
            var isTold = false
            while try await find(object)?.metadata.deletionTimestamp != nil {
                if !isTold { cluster.console.error("waiting until the former \(object.reference) is deleted") }
                isTold = true
                guard ContinuousClock.now < deadline else {
                    let name = object.reference.name.name
                    throw CommandFailure(
                        "installing \(object.reference)", because: "the former one has not been deleted in time",
                        advice: "see what holds it up: kubectl get \(object.kind.lowercased()) \(name) -o yaml")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Waits until the API server serves a kind.
    ///
    /// - Throws: ``CommandFailure`` if it takes too long; `KubernetesError`, `CancellationError`.
    func waitUntilEstablished(_ object: InstallationObject, before deadline: ContinuousClock.Instant) async throws {
        while true {
            let conditions = try await find(object)?.status?.conditions ?? []
            if conditions.contains(where: { $0.type == "Established" && $0.status == "True" }) { return }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    "installing \(object.reference)", because: "the API server has not established it in time",
                    advice: "see its conditions with kubectl describe crd \(object.reference.name.name)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
