import TestCluster
import TestInstruments
import Testing

/// Webhooks that nobody answers for a while, or whose certificate changes.
extension AdmissionTests {
    @Test("without a controller pods of the mesh wait, and nobody else notices; with one again they come")
    func failClosed() async throws {
        try await RunningOperator.withCluster { cluster in
            let change = { @Sendable in Self.local(&$0, serverCertificate: .seconds(86_400)) }
            let places = try await [cluster.createNamespace("shop"), cluster.createNamespace("outside")]
            let (namespace, outside) = (places[0], places[1])
            try await cluster.runOperator(change) { running in
                try await Self.registered(running)
                try await running.join(namespace)
                try await cluster.apply(Self.pod("before", in: namespace))
                #expect(try await Self.containers(running, "before", namespace) == "envoy osm-healthcheck app")
            }
            // The controller is gone; its webhooks are registered as they were.
            for attempt in 1...3 {
                let refusal = try await cluster.kubectl(
                    ["create", "-f", "-"], input: Self.pod("p\(attempt)", in: namespace))
                #expect(refusal.status != 0)
                #expect(refusal.stderr.contains("osm-inject.k8s.io"), "\(refusal.stderr)")
                try await cluster.apply(Self.pod("o\(attempt)", in: outside))
            }
            let pods = try await cluster.kubectlOutput(["get", "pods", "--namespace", namespace, "--output", "name"])
            #expect(pods.split(separator: "\n") == ["pod/before"])
            try await cluster.runOperator(change) { running in
                try await running.until("pods come again") {
                    let outcome = try await cluster.kubectl(
                        ["create", "--dry-run=server", "-f", "-"], input: Self.pod("after", in: namespace))
                    return outcome.status == 0
                }
                try await cluster.apply(Self.pod("after", in: namespace))
                // Never without its sidecar.
                #expect(try await Self.containers(running, "after", namespace) == "envoy osm-healthcheck app")
            }
        }
    }

    @Test("a controller that is to have no webhooks says so where some are registered, and leaves them")
    func switchedOff() async throws {
        try await RunningOperator.withCluster { cluster in
            try await cluster.runOperator({ Self.local(&$0, serverCertificate: .seconds(86_400)) }) { running in
                try await Self.registered(running)
            }
            try await cluster.runOperator { running in
                try await running.until("it is said") {
                    running.log.lines("").count { $0.message.contains("nobody answers") } == Self.configurations.count
                }
                // And it goes on: what is asked of it afterwards is done.
                let namespace = try await running.injectedNamespace()
                _ = try await running.rootsPEM(in: namespace)
                try await Task.sleep(for: .seconds(4))
                #expect(
                    running.log.lines("").count { $0.message.contains("nobody answers") } == Self.configurations.count)
            }
            for object in Self.configurations {
                #expect(try await cluster.field(".metadata.name", of: object, in: "default").contains("osm"))
            }
        }
    }

    @Test("certificates renewed every two seconds fail no admission")
    func rotation() async throws {
        try await Self.withWebhooks(serverCertificate: .seconds(5)) { running in
            let cluster = running.cluster
            let namespace = try await running.injectedNamespace()
            let renewals = { running.log.lines("the servers of the control plane have a new certificate").count }
            let start = renewals()
            var created = 0
            while renewals() < start + 8 {
                let outcome = try await cluster.kubectl(
                    ["create", "-f", "-"], input: Self.pod("p\(created)", in: namespace))
                #expect(outcome.status == 0, "\(outcome.stderr)")
                created += 1
            }
            #expect(created > 8)
        }
    }
}
