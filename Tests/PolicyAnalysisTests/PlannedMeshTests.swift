import ManifestSource
import MeshModel
import PolicyAnalysis
import PolicyCompiler
import Testing

@Suite("What a cluster would make of manifests")
struct PlannedMeshTests {
    private func plan(_ texts: String...) throws -> PlannedMesh {
        PlannedMesh(
            ManifestCheck(texts.enumerated().map { ManifestFile(name: "\($0).yaml", text: $1) }))
    }

    private func name(_ text: String) -> ObjectName {
        let parts = text.split(separator: "/").map(String.init)
        return ObjectName(namespace: parts[0], name: parts[1])
    }

    private static func workload(
        _ kind: String, _ name: String, extra: String = "", template: String = "", annotations: String = ""
    ) -> String {
        """
        apiVersion: apps/v1
        kind: \(kind)
        metadata: {name: \(name), namespace: shop}
        spec:
          selector: {matchLabels: {app: \(name)}}
        \(extra)
          template:
            metadata: {labels: {app: \(name)}\(annotations)}
            spec:
              serviceAccountName: \(name)
        \(template)
              containers: [{name: app, ports: [{name: web, containerPort: 8080}]}]
        ---

        """
    }

    @Test("has a pod with a sidecar for each workload", arguments: ["Deployment", "StatefulSet", "DaemonSet", "Job"])
    func workloads(kind: String) throws {
        let plan = try plan(Self.workload(kind, "a"))
        let pod = try #require(plan.contents.pods[name("shop/a-0")]?.valid)
        #expect(pod.mountsProxyToken)
        #expect(pod.serviceAccount == "a")
        #expect(pod.addresses.count == 1)
        #expect(pod.workload == Workload(kind: kind, name: "a"))
        #expect(plan.assumptions.count == 1)
    }

    @Test("has none for a workload of no replicas, and no sidecar where nobody wants one")
    func withoutSidecar() throws {
        let plan = try plan(
            Self.workload("Deployment", "none", extra: "  replicas: 0"),
            Self.workload("Deployment", "node", template: "      hostNetwork: true"),
            Self.workload(
                "Deployment", "plain", annotations: ", annotations: {openservicemesh.io/sidecar-injection: disabled}"))
        #expect(plan.contents.pods.keys.sorted() == [name("shop/node-0"), name("shop/plain-0")])
        #expect(plan.contents.pods.values.allSatisfy { !$0.object.mountsProxyToken })
    }

    @Test("takes namespaces as the manifests say")
    func namespaces() throws {
        let plan = try plan(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", Self.workload("Deployment", "a"))
        #expect(plan.assumptions.isEmpty)
        #expect(plan.contents.pods[name("shop/a-0")]?.object.mountsProxyToken == false)
    }

    @Test("gives Services addresses and endpoints, but headless ones no address")
    func services() throws {
        func service(_ name: String, _ extra: String) -> String {
            """
            apiVersion: v1
            kind: Service
            metadata: {name: \(name), namespace: shop}
            spec:
              selector: {app: a}
              \(extra)
              ports: [{name: http, port: 80, targetPort: web}]
            ---

            """
        }
        let plan = try plan(
            Self.workload("Deployment", "a"), service("plain", "type: ClusterIP"),
            service("headless", "clusterIP: None"))
        #expect(plan.contents.services[name("shop/plain")]?.object.clusterIPs.count == 1)
        #expect(plan.contents.services[name("shop/headless")]?.object.clusterIPs == [])
        for service in ["plain", "headless"] {
            let slice = try #require(plan.contents.endpointSlices[name("shop/\(service)-a-0")]?.valid)
            #expect(slice.ports.map(\.port) == [8080])
            #expect(slice.endpoints.first?.pod?.name == name("shop/a-0"))
        }
    }

    @Test("gives the same name the same address, whatever else there is, and no two the same")
    func addresses() throws {
        let names = (0..<400).map { "w\($0)" }
        let few = try plan(Self.workload("Deployment", "w7")).contents.pods[name("shop/w7-0")]?.object.addresses
        let all = try plan(names.map { Self.workload("Deployment", $0) }.joined()).contents
        #expect(few?.count == 1)
        #expect(all.pods[name("shop/w7-0")]?.object.addresses == few)
        #expect(Set(all.pods.values.flatMap(\.object.addresses)).count == names.count)
        // An address that somebody has is nobody else's.
        let taken = try plan(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: shop, uid: u}
            spec: {containers: [{name: app}]}
            status: {phase: Running, podIP: \(try #require(few?.first))}
            ---

            """ + Self.workload("Deployment", "w7")
        ).contents
        #expect(taken.pods[name("shop/w7-0")]?.object.addresses.isEmpty == false)
        #expect(taken.pods[name("shop/w7-0")]?.object.addresses != few)
    }

    @Test("has a pod for whom policies name, if wanted")
    func clients() throws {
        let base = try ManifestCase.file("base")
        var plan = PlannedMesh(ManifestCheck([base]))
        #expect(plan.contents.clients.map(\.description) == ["web/front"])
        let before = plan.contents
        plan.standIn(for: plan.contents.clients)
        #expect(plan.contents == before)
        plan.standIn(for: [
            ServiceIdentity(namespace: "web", serviceAccount: "other"),
            ServiceIdentity(namespace: "outside", serviceAccount: "x"),
        ])
        #expect(plan.contents.pods.keys.sorted() == [name("shop/store-0"), name("web/front-0"), name("web/other")])
        #expect(plan.contents.pods[name("web/other")]?.object.addresses.count == 1)
        #expect(plan.assumptions.last == "taken to have a pod, since policies name them: web/other")
    }

    @Test("leaves a dump of a cluster as it is")
    func dump() throws {
        let text = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: shop, uid: u, labels: {app: a}}
            spec: {serviceAccountName: a, containers: [{name: app}]}
            status: {phase: Running, podIP: 10.0.0.1}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s, namespace: shop}
            spec: {clusterIP: 10.1.0.1, clusterIPs: [10.1.0.1], selector: {app: a}, ports: [{port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s-1, namespace: shop, labels: {kubernetes.io/service-name: s}}
            addressType: IPv4
            endpoints: [{addresses: [10.0.0.1], targetRef: {kind: Pod, name: p, namespace: shop, uid: u}}]
            ports: [{port: 80}]
            """
        let check = ManifestCheck([ManifestFile(name: "x.yaml", text: text)])
        #expect(PlannedMesh(check).contents == MeshContents(check.changes.tableChanges))
        #expect(PlannedMesh(check).assumptions.isEmpty)
    }

    @Test("of manifests applied to a cluster keeps what is the cluster's own")
    func applying() throws {
        let base = ManifestCheck([try ManifestCase.file("base")])
        var live = PlannedMesh(base).contents
        // As the API server made them.
        for row in live.services.values {
            var service = row.object
            service.metadata.creation = Timestamp(seconds: 5)
            service.metadata.uid = "u"
            live.apply(Service.change(for: .set(service)))
        }
        for row in live.trafficTargets.values {
            var target = row.object
            target.metadata.generation = 7
            live.apply(TrafficTarget.change(for: .set(target)))
        }
        let same = PlannedMesh(applying: base, to: live, prunes: true, settings: MeshSettings()).contents
        #expect(same.changes(from: live).map(\.key) == [])

        let pruned = PlannedMesh(
            applying: ManifestCheck([ManifestFile(name: "x.yaml", text: Self.workload("Deployment", "store"))]),
            to: live, prunes: true, settings: MeshSettings())
        let removed = pruned.contents.changes(from: live).map(\.key)
        #expect(removed.map(\.description) == ["TrafficTarget shop/store", "HTTPRouteGroup shop/routes"])
    }

    @Test("leaves what a cluster has and manifests do not name as it is: headless, pending, not ready")
    func untouched() throws {
        var live = PlannedMesh(ManifestCheck([try ManifestCase.file("base")])).contents
        let store = try #require(live.services[name("shop/store")]?.object)
        var headless = store
        headless.metadata.name = "headless"
        headless.clusterIPs = []
        live.apply(Service.change(for: .set(headless)))
        var pending = try #require(live.pods[name("shop/store-0")]?.object)
        pending.metadata.name = "pending"
        pending.metadata.uid = "u"
        pending.phase = "Pending"
        pending.addresses = []
        live.apply(Pod.change(for: .set(pending)))
        let slice = try #require(live.endpointSlices[name("shop/store-store-0")]?.object)
        let endpoint = try #require(slice.endpoints.first)
        live.apply(
            EndpointSlice.change(
                for: .set(
                    EndpointSlice(
                        metadata: slice.metadata, addressType: slice.addressType,
                        endpoints: [.init(address: endpoint.address, isReady: false, pod: endpoint.pod)],
                        ports: slice.ports))))
        func applied(_ text: String) -> PlannedMesh {
            PlannedMesh(
                applying: ManifestCheck([ManifestFile(name: "x.yaml", text: text)]), to: live, prunes: false,
                settings: MeshSettings())
        }
        let other = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x, namespace: shop}\n"
        #expect(applied(other).contents.changes(from: live).map(\.key.description) == ["ServiceAccount shop/x"])
        // One more pod joins: who was not ready is not by that.
        let joined = applied(
            Self.workload("Deployment", "more").replacing("labels: {app: more}", with: "labels: {app: store}"))
        let ready: [String: Bool] = joined.contents.endpointSlices.values.map(\.object).filter {
            $0.service == name("shop/store")
        }
        .flatMap(\.endpoints).reduce(into: [:]) { $0[$1.pod?.name.name ?? ""] = $1.isReady }
        #expect(ready == ["store-0": false, "more-0": true])
        #expect(applied(other.replacing("shop", with: "nowhere")).assumptions.first?.hasSuffix(": nowhere") == true)
    }

    @Test("of a workload applied to a cluster changes its pods, and what selects them")
    func applyingWorkload() throws {
        let live = PlannedMesh(ManifestCheck([try ManifestCase.file("base")])).contents
        let text = try ManifestCase.file("base")
        #expect(!text.workloads.isEmpty)
        let other = Self.workload("Deployment", "store").replacing(
            "serviceAccountName: store", with: "serviceAccountName: other"
        )
        .replacing("labels: {app: store}", with: "labels: {app: other}")
        let after = PlannedMesh(
            applying: ManifestCheck([ManifestFile(name: "x.yaml", text: other)]), to: live, prunes: false,
            settings: MeshSettings()
        ).contents
        #expect(after.pods[name("shop/store-0")]?.object.serviceAccount == "other")
        #expect(after.endpointSlices[name("shop/store-store-0")] == nil)
        let (before, now) = (CompiledMesh(live).snapshot(), CompiledMesh(after).snapshot())
        let difference = MeshDifference(from: before, to: now)
        #expect(difference.flows.map(\.kind) == [.closed])
        #expect(difference.flows.first?.client.description == "web/front")
    }
}
