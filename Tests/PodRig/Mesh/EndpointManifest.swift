import MeshModel

/// The EndpointSlices of the pods that Services select, as the endpoint controller of Kubernetes would write them.
enum EndpointManifest {
    /// One slice for each Service with a selector, in the order of the Services.
    ///
    /// - Parameter isReady: whether a pod answers its probes.
    static func text(services: [Service], pods: [PodSpecification], isReady: (PodSpecification) -> Bool) -> String {
        services.filter { !$0.selector.isEmpty }.map { service in
            let selected = pods.filter { $0.name.namespace == service.namespace && service.selects($0.labels) }
            return slice(of: service, pods: selected, isReady: isReady)
        }.joined(separator: "---\n")
    }

    private static func slice(
        of service: Service, pods: [PodSpecification], isReady: (PodSpecification) -> Bool
    ) -> String {
        let endpoints = pods.map { pod in
            """

              - addresses: [\(pod.address)]
                conditions:
                  ready: \(isReady(pod))
                targetRef:
                  kind: Pod
                  namespace: \(pod.name.namespace)
                  name: \(pod.name.name)
                  uid: \(pod.uid)
            """
        }.joined()
        let ports = service.ports.compactMap { port in
            number(of: port, in: pods).map { number in
                "\n  - name: \(port.name)\n    port: \(number)\n    protocol: \(port.transport)"
            }
        }.joined()
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(service.metadata.name)-pods
              namespace: \(service.namespace)
              labels:
                kubernetes.io/service-name: \(service.metadata.name)
            addressType: IPv4
            endpoints:\(endpoints.isEmpty ? " []" : endpoints)
            ports:\(ports.isEmpty ? " []" : ports)

            """
    }

    private static func number(of port: Service.Port, in pods: [PodSpecification]) -> UInt16? {
        switch port.targetPort {
        case .number(let number): number
        case .name(let name): pods.lazy.flatMap(\.ports).first { $0.name == name }?.number
        }
    }
}
