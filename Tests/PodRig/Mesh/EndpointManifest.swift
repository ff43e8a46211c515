import MeshModel

/// The EndpointSlices of the pods that Services select, as the endpoint controller of Kubernetes would write them.
enum EndpointManifest {
    /// The slices of each Service with a selector, in the order of the Services.
    ///
    /// A Service has slices of the families of its ClusterIPs, a headless one of those of its pods; and where a port of
    /// a name is not the same number in all pods, a slice for each number.
    ///
    /// - Parameter isReady: whether a pod answers its probes.
    static func text(services: [Service], pods: [PodSpecification], isReady: (PodSpecification) -> Bool) -> String {
        services.filter { !$0.selector.isEmpty }.flatMap { service in
            let selected = pods.filter { $0.name.namespace == service.namespace && service.selects($0.labels) }
            return slices(of: service, pods: selected, isReady: isReady)
        }.joined(separator: "---\n")
    }

    private static func slices(
        of service: Service, pods: [PodSpecification], isReady: (PodSpecification) -> Bool
    ) -> [String] {
        let groups = Dictionary(grouping: pods) { pod in service.ports.map { number(of: $0, in: pod) } }
        // A Service without pods has an empty slice.
        let sorted = groups.values.sorted { $0[0].shortName < $1[0].shortName }
        return families(of: service, pods: pods).flatMap { family in
            (sorted.isEmpty ? [[]] : sorted).enumerated().map { index, pods in
                let suffix = (family == .v6 ? "-v6" : "") + (index == 0 ? "" : "-\(index + 1)")
                return slice(
                    of: service, name: "\(service.metadata.name)-pods\(suffix)", family, pods: pods, isReady: isReady)
            }
        }
    }

    private static func families(of service: Service, pods: [PodSpecification]) -> [IPAddress.Family] {
        let addresses = service.clusterIPs.isEmpty ? pods.flatMap(\.addresses) : service.clusterIPs
        let families = Set(addresses.map(\.family))
        return families.isEmpty ? [.v4] : [.v4, .v6].filter(families.contains)
    }

    private static func slice(
        of service: Service, name: String, _ family: IPAddress.Family, pods: [PodSpecification],
        isReady: (PodSpecification) -> Bool
    ) -> String {
        let endpoints = pods.compactMap { pod in
            pod.addresses.first { $0.family == family }.map { endpoint(pod, at: $0, isReady: isReady(pod)) }
        }.joined()
        let ports = service.ports.compactMap { port in
            number(of: port, in: pods.first).map { number in
                "\n  - name: \(port.name)\n    port: \(number)\n    protocol: \(port.transport)"
            }
        }.joined()
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(name)
              namespace: \(service.namespace)
              labels:
                kubernetes.io/service-name: \(service.metadata.name)
            addressType: \(family == .v4 ? "IPv4" : "IPv6")
            endpoints:\(endpoints.isEmpty ? " []" : endpoints)
            ports:\(ports.isEmpty ? " []" : ports)

            """
    }

    private static func endpoint(_ pod: PodSpecification, at address: IPAddress, isReady: Bool) -> String {
        let hostname = pod.isOfStatefulSet ? "\n    hostname: \(pod.shortName)" : ""
        return """

              - addresses: ["\(address)"]\(hostname)
                conditions:
                  ready: \(isReady)
                targetRef:
                  kind: Pod
                  namespace: \(pod.name.namespace)
                  name: \(pod.name.name)
                  uid: \(pod.uid)
            """
    }

    private static func number(of port: Service.Port, in pod: PodSpecification?) -> UInt16? {
        switch port.targetPort {
        case .number(let number): number
        case .name(let name): pod?.ports.first { $0.name == name }?.number
        }
    }
}
