import MeshModel
import Testing
import XDSCache

/// What an edit of who may call from outside costs, on the assembled controller.
@Suite("An edit of an IngressBackend", .serialized)
struct IngressEditTests {
    private static func ingress(_ sources: String...) -> String {
        """
        apiVersion: policy.openservicemesh.io/v1alpha1
        kind: IngressBackend
        metadata: {name: s0001, namespace: shop}
        spec:
          backends: [{name: s0001, port: {number: 8080, protocol: http}}]
          sources: [\(sources.joined(separator: ", "))]

        """
    }

    /// The endpoints of a Service outside the mesh.
    private static func slice(_ addresses: String...) -> String {
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: nginx, namespace: edge, labels: {kubernetes.io/service-name: nginx}}
        addressType: IPv4
        endpoints: [\(addresses.map { "{addresses: [\($0)]}" }.joined(separator: ", "))]
        ports: [{name: http, port: 80}]

        """
    }

    private static let service = "{kind: Service, name: nginx, namespace: edge}"
    private static let range = "{kind: IPRange, name: 10.99.0.0/16}"

    @Test("or of its sources' endpoints sends one route configuration to the backends' pods, and nothing to others")
    func sources() async throws {
        let mesh = TestMesh(services: 20)
        var files = mesh.files
        files["ingress.yaml"] = Self.ingress(Self.service)
        files["edge.yaml"] = Self.slice("10.98.0.1")
        try await RunningController.with(files) { running in
            let names = [1, 2].map(TestMesh.name)
            let proxies = names.map { TestProxy(nodeID: $0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, proxy) in zip(names, proxies) {
                    let token = try await running.token(of: name)
                    group.addTask {
                        try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM)
                    }
                }
                try await running.settled(names.map(running.proxy))
                let open = proxies[0].received
                #expect(open.versions[TestProxy.route]?["ingress/8080"] != nil)
                #expect(proxies[1].received.versions[TestProxy.route]?["ingress/8080"] == nil)

                for (file, text) in [
                    ("ingress.yaml", Self.ingress(Self.service, Self.range)),
                    ("edge.yaml", Self.slice("10.98.0.1", "10.98.0.2")), ("edge.yaml", Self.slice("10.98.0.2")),
                    ("ingress.yaml", Self.ingress(Self.range)),
                ] {
                    let before = proxies.map(\.received)
                    try await save(file, text, running, names)
                    let after = proxies.map(\.received)
                    #expect(after[0].responses == before[0].responses + [TestProxy.route], "\(text)")
                    #expect(after[0].resources == before[0].resources + 1, "\(text)")
                    #expect(
                        after[0].versions[TestProxy.route]?["ingress/8080"]
                            != before[0].versions[TestProxy.route]?["ingress/8080"], "\(text)")
                    #expect(after[1].responses == before[1].responses, "\(text)")
                }

                // What opens a port, or closes it, is a listener.
                let before = proxies.map(\.received.responses)
                try await save("ingress.yaml", "", running, names)
                let after = proxies.map(\.received.responses)
                #expect(after[0].dropFirst(before[0].count).contains(TestProxy.listener))
                #expect(after[1] == before[1])
                group.cancelAll()
            }
        }
    }

    /// Saves a file, and returns when the proxies have acknowledged what came of it.
    private func save(_ file: String, _ text: String, _ running: RunningController, _ names: [String]) async throws {
        let revision = running.cache.revision
        try running.save(file, text)
        try await running.until("\(file) is published") { running.cache.revision > revision }
        try await running.settled(names.map(running.proxy))
    }
}
