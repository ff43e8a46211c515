import MeshModel
import Testing
import XDSCache

@testable import MeshStatus
@testable import PolicyCompiler

@Suite("An object is programmed")
struct ProgrammedTests {
    @Test("only once every pod that it affects has acknowledged its revision")
    func everyPod() {
        var mesh = SmallMesh()
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False Pending: 0/3 proxies: shop/client-a not connected, shop/client-b not connected, "
                + "shop/server not connected")
        mesh.acknowledge(["client-a", "server"])
        mesh.acknowledge(["client-b"], 0)
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False Pending: 2/3 proxies: shop/client-b has not acknowledged it")
        mesh.acknowledge(["client-b"])
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed) == "Programmed=True Programmed: 3/3 proxies")
        #expect(mesh.status(of: SmallMesh.target)?.line(.ready) == "Ready=True Ready: 3/3 proxies")
    }

    @Test("again with each edit only after its own revision, and without an edit whatever else happens")
    func ownRevision() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 2)]))
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed)?.contains("False Pending: 0/3") == true)
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.observedGeneration == 2)
        #expect(mesh.status(of: SmallMesh.group)?[.programmed]?.status == .yes)
        #expect(mesh.status(of: SmallMesh.group)?[.programmed]?.observedGeneration == 1)
        mesh.acknowledgeAll()
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .yes)
    }

    @Test("by a client that it no longer names, too, until that has passed; then only the others count")
    func formerClient() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        mesh.publish(
            StatusChange(
                objects: [SmallMesh.targetSet(generation: 2, sources: ["client-a"])],
                deciders: [SmallMesh.reach("client-b"): []]))
        mesh.acknowledge(["client-a", "server"])
        for _ in 0..<2 {
            #expect(
                mesh.status(of: SmallMesh.target)?.line(.programmed)
                    == "Programmed=False Pending: 2/3 proxies: shop/client-b has not acknowledged it")
            mesh.table.forgetPassed(mesh.progress)
        }
        mesh.acknowledge(["client-b"])
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed) == "Programmed=True Programmed: 2/2 proxies")
        mesh.table.forgetPassed(mesh.progress)
        // Whatever happens to it later is no more of the object's business.
        mesh.acknowledge(["client-b"], 0)
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .yes)
    }

    @Test("by a client that another object's edit takes away, if it was still to come")
    func takenAway() {
        var mesh = SmallMesh()
        mesh.acknowledge(["client-a", "server"])
        mesh.publish(StatusChange(deciders: [SmallMesh.reach("client-b"): [SmallMesh.target]]))
        #expect(mesh.status(of: SmallMesh.group)?.line(.programmed)?.contains("shop/client-b not connected") == true)
        mesh.acknowledge(["client-b"], 1)
        #expect(mesh.status(of: SmallMesh.group)?.line(.programmed) == "Programmed=True Programmed: 2/2 proxies")
    }

    @Test("by a new client from the start, and never by a pod that is gone")
    func comingAndGoing() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        let proxy = SmallMesh.proxy("client-c")
        mesh.publish(
            StatusChange(
                objects: [SmallMesh.targetSet(generation: 2, sources: SmallMesh.clients + ["client-c"])],
                views: SmallMesh.views(["client-c"]), layers: SmallMesh.layers(["client-c"]),
                deciders: [SmallMesh.reach("client-c"): [SmallMesh.target]]))
        mesh.progress[proxy] = ProxyProgress()
        mesh.acknowledge(SmallMesh.clients + ["server"])
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False Pending: 3/4 proxies: shop/client-c not connected")
        // The cache knows first that a pod is gone; the table follows.
        mesh.progress[proxy] = nil
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed) == "Programmed=True Programmed: 3/3 proxies")
        mesh.publish(
            StatusChange(
                views: [proxy.pod: nil], layers: [SmallMesh.reach("client-c"): nil],
                deciders: [SmallMesh.reach("client-c"): nil]))
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed) == "Programmed=True Programmed: 3/3 proxies")
    }

    @Test("without a pod whose containers are still starting, but not without one that was connected")
    func pendingPod() {
        var mesh = SmallMesh()
        mesh.publish(StatusChange(objects: [SmallMesh.podSet("client-b", phase: "Pending")]))
        mesh.acknowledge(["client-a", "server"])
        #expect(mesh.status(of: SmallMesh.target)?.line(.programmed) == "Programmed=True Programmed: 2/2 proxies")
        mesh.progress[SmallMesh.proxy("client-b")] = ProxyProgress(since: mesh.now)
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False Pending: 2/3 proxies: shop/client-b not connected for 0 s")
        mesh.progress[SmallMesh.proxy("client-b")] = ProxyProgress()
        mesh.publish(StatusChange(objects: [SmallMesh.podSet("client-b", phase: "Running")]))
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .no)
    }

    @Test(
        "not while a pod is not connected, and tells for how long",
        arguments: [
            (3, "3 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (172_800, "2 d"),
            (-5, "0 s"),
        ] as [(Int64, String)])
    func disconnected(seconds: Int64, text: String) {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        mesh.progress[SmallMesh.proxy("server")] = ProxyProgress(since: mesh.now)
        mesh.now = Timestamp(seconds: mesh.now.seconds + seconds)
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False Pending: 2/3 proxies: shop/server not connected for \(text)")
    }

    @Test("not before all pods are back after a restart of the controller")
    func restart() {
        var mesh = SmallMesh()
        #expect(mesh.table.report(mesh.progress, at: mesh.now).objects.allSatisfy { $0[.ready]?.status == .no })
        for (name, isReady) in [("server", false), ("client-b", false), ("client-a", true)] {
            mesh.acknowledge([name])
            #expect((mesh.status(of: SmallMesh.target)?[.ready]?.status == .yes) == isReady, "after \(name)")
        }
    }

    @Test("trivially if no pod is affected")
    func nobody() {
        var mesh = SmallMesh()
        let key = ObjectKey(kind: .trafficTarget, name: ObjectName(namespace: "shop", name: "lonely"))
        let object = TrafficTarget(
            metadata: ObjectMetadata(name: "lonely", namespace: "shop"), destination: .init(name: "none"), sources: [],
            rules: [])
        mesh.publish(StatusChange(objects: [.trafficTarget(key.name, ObjectRow(object: object, problems: []))]))
        #expect(mesh.status(of: key)?.line(.programmed) == "Programmed=True NoProxyAffected: no proxy is affected")
        #expect(mesh.status(of: key)?.line(.ready) == "Ready=True Ready: no proxy is affected")
    }

    @Test("not while a proxy refuses something of it by itself; taking it back clears that")
    func refused() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        // In a batch: not known yet which one it is, and not acknowledged.
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 2)]))
        mesh.acknowledge(SmallMesh.clients)
        mesh.acknowledge(["server"], 1, refusals: [SmallMesh.refusal(isAlone: false)])
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.reason == .pending)
        // Alone: the stream goes on without it.
        mesh.acknowledge(["server"], refusals: [SmallMesh.refusal(isAlone: true)])
        #expect(
            mesh.status(of: SmallMesh.target)?.line(.programmed)
                == "Programmed=False ProxyRejected: shop/server refuses Listener inbound-listener: no such filter")
        #expect(mesh.status(of: SmallMesh.target)?.line(.stalled)?.contains("Stalled=True ProxyRejected") == true)
        #expect(mesh.status(of: SmallMesh.group)?[.programmed]?.reason == .proxyRejected)
        mesh.acknowledge(["client-a"], refusals: [SmallMesh.refusal(isAlone: true, reason: "other")])
        #expect(
            mesh.status(of: SmallMesh.target)?[.programmed]?.message
                == "shop/client-a refuses Listener inbound-listener: other (and 1 more)")
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 3)]))
        mesh.acknowledgeAll()
        #expect(mesh.status(of: SmallMesh.target)?.line(.ready) == "Ready=True Ready: 3/3 proxies")
        #expect(mesh.status(of: SmallMesh.target)?[.stalled] == nil)
    }

    @Test("as late as what it names, once that appears")
    func lateReference() {
        var mesh = SmallMesh()
        mesh.publish(
            StatusChange(diagnoses: [
                SmallMesh.target: Diagnosis(unresolved: [Problem(path: "spec.rules[0].name", message: "is missing")])
            ]))
        mesh.acknowledgeAll()
        mesh.publish(StatusChange(diagnoses: [SmallMesh.target: Diagnosis()]))
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .no)
        mesh.acknowledgeAll()
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .yes)
    }

    @Test("and remembers no more than there are proxies, however often it is edited and if nobody asks")
    func bounded() {
        var mesh = SmallMesh()
        for number in 0..<100 {
            let source = SmallMesh.clients[number % 2]
            let other = SmallMesh.clients[1 - number % 2]
            // Pods come and go meanwhile: each time another one of the same name.
            let pod = SmallMesh.proxy("client-c").pod
            var views = SmallMesh.views(["client-c"])
            if let view = views[pod] ?? nil {
                views[pod] = PodView.View(
                    uid: "uid-\(number)", identity: view.identity, inbound: view.inbound, egress: view.egress,
                    variant: view.variant, hasEnded: view.hasEnded)
            }
            mesh.publish(StatusChange(views: views))
            mesh.publish(
                StatusChange(
                    objects: [SmallMesh.targetSet(generation: Int64(number) + 2, sources: [source])],
                    deciders: [
                        SmallMesh.reach(source): [SmallMesh.target], SmallMesh.reach(other): [],
                        SmallMesh.reach("client-c"): number.isMultiple(of: 2) ? [SmallMesh.target] : [],
                    ]))
        }
        let former = mesh.table.rows[SmallMesh.target]?.former ?? []
        #expect(!former.isEmpty)
        #expect(former.count <= 5)
        #expect(former.allSatisfy { $0.count <= 4 })
        mesh.acknowledge(["server", "client-b"])
        #expect(
            mesh.status(of: SmallMesh.target)?[.programmed]?.message
                == "2/3 proxies: shop/client-a not connected")
    }

    @Test("and an equal manifest is no edit")
    func equalRow() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        #expect(mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 1)])) == 0)
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .yes)
        #expect(mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 2)])) == 1)
    }
}
