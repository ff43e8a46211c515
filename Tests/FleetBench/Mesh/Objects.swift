import Foundation

/// Objects as manifests, one YAML document each, in the shapes that a cluster has them.
enum Objects {
    /// The namespace that holds what is the mesh's own.
    static let system = "osm-system"

    /// A number with so many digits that equal edits make equal bytes.
    static func digits(_ number: Int, _ count: Int = 5) -> String { String(format: "%0\(count)d", number) }

    /// An address of a net of 2^16 addresses or more, by number.
    static func address(_ net: Int, _ number: Int) -> String {
        "10.\(net + number / 65_536).\(number / 256 % 256).\(number % 256)"
    }

    static func namespace(_ name: String) -> String {
        """
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: \(name), labels: {openservicemesh.io/monitored-by: osm}}

        """
    }

    static func meshConfig(isPermissive: Bool, hasEgress: Bool = false) -> String {
        """
        ---
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata: {name: osm-mesh-config, namespace: \(system)}
        spec:
          traffic: {enablePermissiveTrafficPolicyMode: \(isPermissive), enableEgress: \(hasEgress)}

        """
    }

    static func account(_ name: String, _ namespace: String) -> String {
        """
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: \(name), namespace: \(namespace), uid: account-\(name)}

        """
    }

    static func pod(_ name: String, _ namespace: String, account: String, app: String, address: String) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), uid: uid-\(name), labels: {app: \(app)}}
        spec:
          serviceAccountName: \(account)
          containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
          volumes: [{name: osm-xds, projected: {sources: [{serviceAccountToken: {audience: osm-xds, path: token}}]}}]
        status: {phase: Running, podIP: \(address)}

        """
    }

    static func service(_ name: String, _ namespace: String, address: String) -> String {
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          clusterIP: \(address)
          selector: {app: \(name)}
          ports: [{name: http, port: 80, targetPort: 8080}]

        """
    }

    /// One of a service's pods: its name, its address and whether it takes requests.
    struct Endpoint {
        let pod: String
        let address: String
        var isReady = true
    }

    static func slice(_ name: String, _ namespace: String, service: String, _ endpoints: [Endpoint]) -> String {
        let entries = endpoints.map { endpoint in
            """
            - addresses: [\(endpoint.address)]
              conditions: {ready: \(endpoint.isReady)}
              targetRef: {kind: Pod, namespace: \(namespace), name: \(endpoint.pod), uid: uid-\(endpoint.pod)}

            """
        }
        return """
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name), namespace: \(namespace), labels: {kubernetes.io/service-name: \(service)}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints:

            """ + entries.joined()
    }

    static func routes(_ name: String, _ namespace: String, path: String) -> String {
        """
        ---
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: \(name), namespace: \(namespace)}
        spec: {matches: [{name: m, pathRegex: "\(path)", methods: [GET]}]}

        """
    }

    /// - Parameter sources: Accounts and their namespaces.
    static func target(_ name: String, _ namespace: String, sources: [(String, String)]) -> String {
        let list = sources.map { "{kind: ServiceAccount, name: \($0.0), namespace: \($0.1)}" }
        return """
            ---
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: \(name), namespace: \(namespace)}
            spec:
              destination: {kind: ServiceAccount, name: \(name), namespace: \(namespace)}
              sources: [\(list.joined(separator: ", "))]
              rules: [{kind: HTTPRouteGroup, name: \(name)}]

            """
    }

    static func split(_ name: String, _ namespace: String, apex: String, _ backends: [(String, Int)]) -> String {
        let list = backends.map { "{service: \($0.0), weight: \($0.1)}" }
        return """
            ---
            apiVersion: split.smi-spec.io/v1alpha2
            kind: TrafficSplit
            metadata: {name: \(name), namespace: \(namespace)}
            spec:
              service: \(apex)
              backends: [\(list.joined(separator: ", "))]

            """
    }
}
