extension Pod {
    /// The containers of sidecars, which end only when the pod does.
    private static let sidecarContainers: Set<String> = ["envoy", "osm-healthcheck"]

    /// A container's state, as the pod's status tells it.
    package struct ContainerStatus: Decodable {
        struct State: Decodable { let terminated: Terminated? }
        struct Terminated: Decodable { let exitCode: Int? }

        let name: String?
        let state: State?

        /// The state of a container.
        ///
        /// - Parameters:
        ///   - name: The container.
        ///   - exitCode: What it ended with; `nil` if it has not ended.
        package init(name: String, exitCode: Int?) {
            self.name = name
            state = State(terminated: exitCode.map { Terminated(exitCode: $0) })
        }
    }

    /// Whether all applications among a pod's containers have ended and will not be started again.
    ///
    /// - Parameters:
    ///   - names: The pod's containers.
    ///   - statuses: What its status says of them.
    ///   - restartPolicy: `Always` if absent.
    package static func haveEnded(_ names: [String], _ statuses: [ContainerStatus], restartPolicy: String?) -> Bool {
        guard restartPolicy == "Never" || restartPolicy == "OnFailure" else { return false }
        let applications = names.filter { !sidecarContainers.contains($0) }
        return !applications.isEmpty
            && applications.allSatisfy { name in
                guard let ended = statuses.first(where: { $0.name == name })?.state?.terminated else { return false }
                return restartPolicy == "Never" || ended.exitCode == 0
            }
    }
}
