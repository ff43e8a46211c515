import Foundation
import MeshModel

/// A pod that the rig runs: what its manifest says.
struct PodSpecification {
    /// How it is seen that an application serves.
    enum Readiness {
        /// It answers a request for `/ready` on the port.
        case http(UInt16)
        /// It has printed that all its ports listen, so that no probe is taken for a client.
        case readyLine
    }

    let name: ObjectName
    let serviceAccount: String
    let labels: [String: String]
    /// The first of its addresses.
    var address: String
    /// Its address of the other family; `nil` for a pod with one.
    var ipv6Address: String?
    /// Its container ports, by name; none for a pod that only calls.
    let ports: [(name: String, number: UInt16)]
    /// The id that an API server would give it.
    var uid: String
    /// The arguments that its application runs with; `nil` for a pod that only calls.
    let application: [String]?
    /// How it is seen that the application serves.
    var readiness = Readiness.http(BookstorePods.httpPort)
    /// Whether it has a name of its own in headless Services, as pods of a StatefulSet do.
    var isOfStatefulSet = false
    /// Kind and name of what made it; `nil` for a pod that was made by hand.
    var controller: (kind: String, name: String)?
    /// Whether it has a sidecar; without one nothing redirects its connections.
    var isMeshed = true

    /// The pod's own name, which is the name of its namespace on the network too.
    var shortName: String { name.name }

    var identity: ServiceIdentity { ServiceIdentity(namespace: name.namespace, serviceAccount: serviceAccount) }

    /// Its addresses, the first family first.
    var addresses: [IPAddress] { [address, ipv6Address].compactMap { $0.flatMap { IPAddress($0) } } }

    /// The pod that takes its place when it is restarted: another one, of the same name.
    ///
    /// - Parameter address: its address, if it gets another one than the pod before.
    func successor(at address: String? = nil) -> PodSpecification {
        var successor = self
        successor.uid = UUID().uuidString.lowercased()
        successor.address = address ?? self.address
        return successor
    }

    /// The Pod as the API server would have it after the injector and the kubelet did their work.
    var manifest: String {
        var labels = labels
        if isMeshed { labels[MeshLabels.proxyUUID] = uid }
        let labelLines = labels.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
        let portLines = ports.map { "\n        - name: \($0.name)\n          containerPort: \($0.number)" }.joined()
        let addressLines = addresses.map { "\n    - ip: \"\($0)\"" }.joined()
        return """
            apiVersion: v1
            kind: Pod
            metadata:
              name: \(name.name)
              namespace: \(name.namespace)
              uid: \(uid)
              labels:
            \(labelLines)\(owner)
            spec:
              serviceAccountName: \(serviceAccount)
              containers:
                - name: app\(ports.isEmpty ? "" : "\n      ports:")\(portLines)\(isMeshed ? volumes : "")
            status:
              phase: Running
              podIP: \(address)
              podIPs:\(addressLines)

            """
    }

    private var owner: String {
        guard let controller else { return "" }
        return """

              ownerReferences:
                - apiVersion: apps/v1
                  kind: \(controller.kind)
                  name: \(controller.name)
                  uid: \(controller.name)-uid
                  controller: true
            """
    }

    /// The token by which its proxy proves who it is.
    private var volumes: String {
        """

          volumes:
            - name: osm-xds
              projected:
                sources:
                  - serviceAccountToken:
                      audience: \(MeshLabels.proxyTokenAudience)
                      path: token
        """
    }
}
