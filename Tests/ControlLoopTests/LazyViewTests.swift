import ControlLoop
import MeshModel
import MeshPolicy
import PolicyCompiler
import Testing

@Suite("Lazy views in permissive mode")
struct LazyViewTests {
    @Test("hold no service that nobody called, and say where services may be")
    func beginning() throws {
        let mesh = try LazyMesh(services: 600)
        for pod in ["client-a", "client-b", "other"] {
            #expect(mesh.views.listeners(of: pod) == [])
            #expect(mesh.views.ranges(of: pod) == ["10.2.0.0/16"])
        }
    }

    @Test("begin above the threshold; below, everybody sees everything and nobody asks", arguments: [nil, 6])
    func threshold(above: Int?) throws {
        let mesh = try LazyMesh(services: 6, above: above)
        #expect(mesh.views.listeners(of: "client-a").count == 6)
        #expect(mesh.views.ranges(of: "client-a") == [])
        #expect(try LazyMesh(services: 6, above: 5).views.listeners(of: "client-a") == [])
    }

    @Test(
        "of all pods of an identity hold what one of them called, also of pods that come later; of others they do not")
    func demand() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        mesh.edit(try LazyMesh.pod("client-c", 4, of: "client"))
        for pod in ["client-a", "client-b", "client-c"] { #expect(mesh.views.listeners(of: pod) == ["10.2.0.4:80"]) }
        #expect(mesh.views.listeners(of: "other") == [])
        mesh.edit(.pod(LazyMesh.name("client-a"), nil))
        #expect(
            mesh.views.listeners(of: "client-b") == ["10.2.0.4:80"], "what was called stays, though who called is gone")
        mesh.call(try LazyMesh.address(of: 5), from: "client-b")
        #expect(mesh.views.listeners(of: "client-c") == ["10.2.0.4:80", "10.2.0.6:80"])
    }

    @Test("cost what is called, however many services there are")
    func costs() throws {
        struct Cost: Equatable {
            var view = 0
            var called = 0
            var callLayers = 0
            var callResources = 0
            var callEvaluations = 0
            var serviceLayers = 0
            var serviceResources = 0
            var serviceEvaluations = 0
        }
        func cost(_ services: Int) throws -> Cost {
            var mesh = try LazyMesh(services: services)
            var cost = Cost()
            cost.view = mesh.views.count(of: "client-a")
            var before = mesh.graph.evaluations
            let call = mesh.call(try LazyMesh.address(of: 3), from: "client-a")
            cost.callEvaluations = mesh.graph.evaluations - before
            cost.callLayers = call.layers.count
            cost.callResources = call.resources.count
            cost.called = mesh.views.count(of: "client-a")
            before = mesh.graph.evaluations
            let service = mesh.edit(try LazyMesh.service(services))
            cost.serviceEvaluations = mesh.graph.evaluations - before
            cost.serviceLayers = service.layers.count
            cost.serviceResources = service.resources.count
            return cost
        }
        let small = try cost(20)
        let large = try cost(2_000)
        #expect(small == large)
        #expect(large.callLayers == 1)
        // A listener, a route, a cluster and its endpoints.
        #expect(large.callResources == 4)
        #expect(large.called == large.view + 4)
        #expect(large.serviceLayers == 0)
        #expect(large.serviceResources == 0)
        print("figure: a lazy view of 2,000 services: \(large)")
    }

    @Test("follow edits of what was called, and of nothing else")
    func edits() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        let called = mesh.edit(try LazyMesh.service(3, port: 81))
        #expect(called.layers.count == 1)
        #expect(mesh.views.listeners(of: "client-a") == [], "the port that was called is gone")
        #expect(mesh.edit(try LazyMesh.service(4, port: 81)).layers.isEmpty)
        mesh.edit(try LazyMesh.service(3))
        #expect(mesh.views.listeners(of: "client-b") == ["10.2.0.4:80"], "the port is remembered")
    }

    @Test("of an address that nobody has hold nothing, until somebody has it")
    func unclaimed() throws {
        var mesh = try LazyMesh(services: 20)
        let address = try LazyMesh.address(of: 77)
        #expect(mesh.call(address, from: "client-a").layers.isEmpty)
        #expect(mesh.views.listeners(of: "client-a") == [])
        mesh.edit(try LazyMesh.service(77))
        #expect(mesh.views.listeners(of: "client-a") == [address.description])
        #expect(mesh.views.listeners(of: "other") == [])
    }

    @Test("remember a bounded number of addresses that nobody has, those called last")
    func bounded() throws {
        var mesh = try LazyMesh(services: 20)
        for number in 100..<500 { mesh.call(try LazyMesh.address(of: number), from: "client-a") }
        mesh.edit(try LazyMesh.service(100), try LazyMesh.service(499))
        #expect(mesh.views.listeners(of: "client-a") == [try LazyMesh.address(of: 499).description])
    }

    @Test("hold all pods of a headless service of which one was called; nobody asks about their neighbours")
    func headless() throws {
        var mesh = try LazyMesh(services: 20)
        let database = Service(
            metadata: .init(name: "db", namespace: "n", creation: LazyMesh.moment), selector: ["app": "db"],
            ports: [.init(name: "tcp", port: 3306, transport: "TCP", targetPort: .number(3306))])
        let slice = EndpointSlice(
            metadata: .init(name: "db-1", namespace: "n", labels: ["kubernetes.io/service-name": "db"]),
            endpoints: try ["db-0", "db-1"].enumerated().map { number, name in
                .init(
                    address: try LazyMesh.address("10.1.0.\(number + 10)", 0).ip,
                    pod: .init(name: LazyMesh.name(name), uid: name))
            },
            ports: [.init(name: "tcp", port: 3306)])
        mesh.edit(
            try LazyMesh.pod("db-0", 10, labels: ["app": "db"]), try LazyMesh.pod("db-1", 11, labels: ["app": "db"]),
            Service.change(for: .set(database)), EndpointSlice.change(for: .set(slice)))
        #expect(mesh.views.ranges(of: "other") == ["10.1.0.10/32", "10.1.0.11/32", "10.2.0.0/16"])
        mesh.call(try LazyMesh.address("10.1.0.10", 3306), from: "client-a")
        #expect(mesh.views.listeners(of: "client-b") == ["10.1.0.10:3306", "10.1.0.11:3306"])
    }

    @Test("cost the same at a change of a headless service's pods, however many identities ask about them")
    func headlessCosts() throws {
        func cost(_ identities: Int) throws -> [Int] {
            var mesh = try LazyMesh(services: 20)
            for number in 0..<identities { mesh.edit(try LazyMesh.pod("p\(number)", 50 + number)) }
            let database = Service(
                metadata: .init(name: "db", namespace: "n", creation: LazyMesh.moment), selector: ["app": "db"],
                ports: [.init(name: "tcp", port: 3306, transport: "TCP", targetPort: .number(3306))])
            mesh.edit(Service.change(for: .set(database)))
            func slice(_ pods: [String]) throws -> TableChange {
                EndpointSlice.change(
                    for: .set(
                        EndpointSlice(
                            metadata: .init(name: "db-1", namespace: "n", labels: ["kubernetes.io/service-name": "db"]),
                            endpoints: try pods.enumerated().map { number, name in
                                .init(
                                    address: try LazyMesh.address("10.1.0.\(number + 10)", 0).ip,
                                    pod: .init(name: LazyMesh.name(name), uid: name))
                            }, ports: [.init(name: "tcp", port: 3306)])))
            }
            mesh.edit(try LazyMesh.pod("db-0", 10, of: "db", labels: ["app": "db"]), try slice(["db-0"]))
            let before = mesh.graph.evaluations
            let change = mesh.edit(
                try LazyMesh.pod("db-1", 11, of: "db", labels: ["app": "db"]), try slice(["db-0", "db-1"]))
            #expect(mesh.views.ranges(of: "other") == ["10.1.0.10/32", "10.1.0.11/32", "10.2.0.0/16"])
            return [mesh.graph.evaluations - before, change.resources.count, change.layers.count]
        }
        let (few, many) = (try cost(2), try cost(200))
        #expect(few == many)
        print("figure: a further pod of a headless service, lazily: evaluations, resources and layers \(many)")
    }

    @Test("do not begin for pods that were made when there were fewer services")
    func olderPods() throws {
        var mesh = try LazyMesh(services: 5)
        #expect(mesh.views.listeners(of: "client-a").count == 5)
        let later = Timestamp(seconds: 2_000)
        let difference = mesh.edit(
            try LazyMesh.service(5, creation: later),
            try LazyMesh.pod("client-c", 4, of: "client", creation: Timestamp(seconds: 2_001)))
        #expect(mesh.views.listeners(of: "client-a").count == 6)
        #expect(mesh.views.listeners(of: "client-c") == [])
        #expect(difference.views.count == 1)
        // Not even if a younger service makes way for an older one's.
        mesh.edit(.service(LazyMesh.name("s0"), nil), try LazyMesh.service(6, creation: later))
        #expect(mesh.views.listeners(of: "client-a").count == 6)
    }

    @Test("are nothing to proxies that see everything: what they ask is not remembered")
    func eager() throws {
        var mesh = try LazyMesh(services: 20, above: nil)
        let nodes = mesh.graph.nodeCount
        #expect(mesh.call(try LazyMesh.address(of: 3), from: "client-a").layers.isEmpty)
        #expect(mesh.graph.nodeCount == nodes)
        let stranger = AskingPod(name: LazyMesh.name("client-a"), uid: "another")
        var lazy = try LazyMesh(services: 20)
        lazy.views.take(lazy.graph.apply([], demands: [stranger: [try LazyMesh.address(of: 3)]]))
        #expect(lazy.views.listeners(of: "client-a") == [])
    }

    @Test("hold nothing of a namespace that is not permissive, whatever was called")
    func otherMode() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        mesh.edit(LazyMesh.namespace("disabled"))
        #expect(mesh.views.listeners(of: "client-a") == [])
        #expect(mesh.views.ranges(of: "client-a") == [])
        mesh.edit(LazyMesh.namespace("enabled"))
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.4:80"])
    }

    @Test("hold the ports whose numbers Egress policies of the identity open")
    func egressPorts() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.edit(try LazyMesh.service(7, port: 443))
        let egress = Egress(
            metadata: .init(name: "e", namespace: "n"),
            sources: [.init(name: "client", namespace: "n")], hosts: ["example.com"],
            ports: [.init(number: 443, protocolName: "https")])
        mesh.edit(Egress.change(for: .set(egress)))
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.8:443"])
        #expect(mesh.views.listeners(of: "other") == [])
    }

    @Test("forget what an identity called when its ServiceAccount goes after its pods; pods that run lose nothing")
    func forgetting() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        let difference = mesh.edit(.serviceAccount(LazyMesh.name("client"), nil))
        #expect(difference.views.isEmpty && difference.layers.isEmpty)
        #expect(mesh.views.listeners(of: "client-b") == ["10.2.0.4:80"])
        mesh.edit(.pod(LazyMesh.name("client-a"), nil), .pod(LazyMesh.name("client-b"), nil))
        mesh.edit(try LazyMesh.pod("client-c", 4, of: "client"))
        #expect(mesh.views.listeners(of: "client-c") == ["10.2.0.4:80"])
        // In one batch, in whatever order.
        mesh.edit(.serviceAccount(LazyMesh.name("client"), nil), .pod(LazyMesh.name("client-c"), nil))
        mesh.edit(try LazyMesh.pod("client-d", 5, of: "client"))
        #expect(mesh.views.listeners(of: "client-d") == [])
    }

    @Test("remember also what a view had for another reason when it was called")
    func rememberedBeside() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.edit(try LazyMesh.service(7, port: 443))
        let egress = Egress(
            metadata: .init(name: "e", namespace: "n"),
            sources: [.init(name: "client", namespace: "n")], hosts: ["example.com"],
            ports: [.init(number: 443, protocolName: "https")])
        mesh.edit(Egress.change(for: .set(egress)))
        mesh.call(try LazyMesh.address(of: 7, port: 443), from: "client-a")
        mesh.edit(.egress(LazyMesh.name("e"), nil))
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.8:443"])
    }

    @Test("cost no evaluation when another proxy of the identity calls what is remembered")
    func again() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), try LazyMesh.address(of: 4), from: "client-a")
        let before = mesh.graph.evaluations
        mesh.call(try LazyMesh.address(of: 3), try LazyMesh.address(of: 4), from: "client-b")
        #expect(mesh.graph.evaluations == before)
    }
}
