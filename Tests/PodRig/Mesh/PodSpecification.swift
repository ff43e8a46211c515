import MeshModel

/// A pod that the rig runs: what its manifest says.
struct PodSpecification {
    let name: ObjectName
    let serviceAccount: String
    let labels: [String: String]
    let address: String
    /// Its container ports, by name; none for a pod that only calls.
    let ports: [(name: String, number: UInt16)]
    /// The id that an API server would give it.
    let uid: String
    /// The arguments that its application runs with; `nil` for a pod that only calls.
    let application: [String]?

    /// The pod's own name, which is the name of its namespace on the network too.
    var shortName: String { name.name }

    var identity: ServiceIdentity { ServiceIdentity(namespace: name.namespace, serviceAccount: serviceAccount) }

    /// The Pod as the API server would have it after the injector and the kubelet did their work.
    var manifest: String {
        var labels = labels
        labels[MeshLabels.proxyUUID] = uid
        let labelLines = labels.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
        let portLines = ports.map { "\n        - name: \($0.name)\n          containerPort: \($0.number)" }.joined()
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name.name)
              namespace: \(name.namespace)
              uid: \(uid)
              labels:
            \(labelLines)
            spec:
              serviceAccountName: \(serviceAccount)
              containers:
                - name: app\(ports.isEmpty ? "" : "\n      ports:")\(portLines)
              volumes:
                - name: osm-xds
                  projected:
                    sources:
                      - serviceAccountToken:
                          audience: \(MeshLabels.proxyTokenAudience)
                          path: token
            status:
              phase: Running
              podIP: \(address)
              podIPs:
                - ip: \(address)

            """
    }
}
