import Foundation

/// A mesh of any size as manifests: service `sNNNN` has one pod of the ServiceAccount `sNNNN`, and every identity may
/// call the next five services.
///
/// Service 0 is the apex of a split over 1 and 2.
///
/// Numbers have four digits whatever the size, so that equal edits make equal bytes.
struct TestMesh {
    let services: Int

    static func name(_ number: Int) -> String { "s" + String(String(10_000 + number).dropFirst()) }

    private func address(_ net: Int, _ number: Int) -> String { "10.\(net).\(number / 250).\(number % 250 + 1)" }
    private func wrapped(_ number: Int) -> Int { (number + services) % services }

    /// The pod of service 1, and three whose identity may call it: of those of the five identities before it.
    var watched: [Int] { [1] + (1...3).map { wrapped(1 - $0) } }

    /// All files by name.
    var files: [String: String] {
        var files = ["mesh.yaml": mesh, "split.yaml": split(90, 10), "routes-1.yaml": routes(1, "/books")]
        files["slice-1.yaml"] = slice(1, isReady: true)
        files["retry.yaml"] = retry(attempts: 3)
        files["egress.yaml"] = egress(["one.example"])
        for start in stride(from: 0, to: services, by: 100) {
            let range = start..<min(start + 100, services)
            files["services-\(Self.name(start)).yaml"] = range.map { service($0) }.joined()
        }
        return files
    }

    private var mesh: String {
        """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata: {name: osm-mesh-config, namespace: osm-system}
        spec:
          traffic: {enablePermissiveTrafficPolicyMode: false}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}

        """
    }

    private func service(_ number: Int) -> String {
        let name = Self.name(number)
        let sources = (1...5).map {
            "{kind: ServiceAccount, name: \(Self.name(wrapped(number - $0))), namespace: shop}"
        }
        var text = """
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: \(name), namespace: shop, uid: account-\(name)}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: \(name), namespace: shop}
            spec:
              clusterIP: \(address(78, number))
              selector: {app: \(name)}
              ports: [{name: http, port: 80, targetPort: 8080}]
            ---
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: \(name), namespace: shop}
            spec:
              destination: {kind: ServiceAccount, name: \(name), namespace: shop}
              sources: [\(sources.joined(separator: ", "))]
              rules: [{kind: HTTPRouteGroup, name: \(name)}]

            """ + pod(number)
        if number != 1 { text += "---\n" + routes(number, "/books") + "---\n" + slice(number, isReady: true) }
        return text
    }

    /// The pod of a service.
    func pod(_ number: Int) -> String {
        let name = Self.name(number)
        return """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: shop, uid: pod-\(name), labels: {app: \(name)}}
            spec:
              serviceAccountName: \(name)
              containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
              volumes: [{name: osm-xds, projected: {sources: [{serviceAccountToken: {audience: osm-xds, path: token}}]}}]
            status: {phase: Running, podIP: \(address(77, number))}

            """
    }

    /// The route group of a service.
    func routes(_ number: Int, _ path: String) -> String {
        """
        apiVersion: specs.smi-spec.io/v1alpha4
        kind: HTTPRouteGroup
        metadata: {name: \(Self.name(number)), namespace: shop}
        spec: {matches: [{name: m, pathRegex: "\(path)", methods: [GET]}]}

        """
    }

    /// The endpoints of a service.
    func slice(_ number: Int, isReady: Bool) -> String {
        let name = Self.name(number)
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: \(name), namespace: shop, labels: {kubernetes.io/service-name: \(name)}}
            addressType: IPv4
            endpoints:
            - addresses: [\(address(77, number))]
              conditions: {ready: \(isReady)}
              targetRef: {kind: Pod, namespace: shop, name: \(name), uid: pod-\(name)}
            ports: [{name: http, port: 8080}]

            """
    }

    /// What service 0 tries again of its requests to 1 and 3.
    func retry(attempts: Int) -> String {
        """
        apiVersion: policy.openservicemesh.io/v1alpha1
        kind: Retry
        metadata: {name: impatient, namespace: shop}
        spec:
          source: {kind: ServiceAccount, name: \(Self.name(0)), namespace: shop}
          destinations:
          - {kind: Service, name: \(Self.name(1)), namespace: shop}
          - {kind: Service, name: \(Self.name(3)), namespace: shop}
          retryPolicy: {retryOn: 5xx, numRetries: \(attempts)}

        """
    }

    /// What the pods of service 1 may call outside the mesh.
    func egress(_ hosts: [String]) -> String {
        """
        apiVersion: policy.openservicemesh.io/v1alpha1
        kind: Egress
        metadata: {name: outside, namespace: shop}
        spec:
          sources: [{kind: ServiceAccount, name: \(Self.name(1)), namespace: shop}]
          hosts: [\(hosts.joined(separator: ", "))]
          ports: [{number: 80, protocol: http}]

        """
    }

    /// The split of service 0.
    func split(_ first: Int, _ second: Int) -> String {
        """
        apiVersion: split.smi-spec.io/v1alpha2
        kind: TrafficSplit
        metadata: {name: canary, namespace: shop}
        spec:
          service: \(Self.name(0))
          backends:
          - {service: \(Self.name(1)), weight: \(first)}
          - {service: \(Self.name(2)), weight: \(second)}

        """
    }
}
