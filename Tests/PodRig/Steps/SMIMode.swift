import MeshModel

/// Only what a TrafficTarget allows, and the two ways to be refused.
struct SMIMode: DemoStep {
    let title = "SMI mode: only what a TrafficTarget allows"

    func run(in demo: Demo) throws {
        try demo.rig.manifests.replace(
            "enablePermissiveTrafficPolicyMode: true", by: "enablePermissiveTrafficPolicyMode: false", in: "mesh.yaml")
        try expectAllowed(in: demo)
        try expectRefusedByServer(in: demo)
        try expectRefusedByOwnProxy(in: demo)
        try expectPathsNormalized(in: demo)
        try HandMadeClient(demo: demo).expectRefusals()
    }

    private func expectAllowed(in demo: Demo) throws {
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.version1, "GET", "/books-bought", status: "200",
            decider: Bookstore.buyerPolicy1)
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.version2, "POST", "/buy-a-book/fiction", status: "200",
            decider: Bookstore.buyerPolicy2)
        try demo.expectCall(from: "bookbuyer", to: Bookstore.apex, "GET", "/books-bought", status: "200")
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.version1, "POST", "/osm.test.Echo/Say", status: "OK",
            decider: Bookstore.buyerPolicy1, spoken: "grpc", port: BookstorePods.grpcPort)
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.version2, "GET", "/books-bought", status: "200", remark: "by IPv6",
            decider: Bookstore.buyerPolicy2, family: .v6)
        for version in ["bookstore-v1", "bookstore-v2"] {
            try demo.expectCall(
                from: version, to: Bookstore.warehouse, "POST", "/restock", status: "200",
                decider: Bookstore.warehousePolicy)
        }
    }

    private func expectRefusedByServer(in demo: Demo) throws {
        for (method, path) in [("GET", "/sell-a-book"), ("POST", "/books-bought")] {
            try demo.expectCall(
                from: "bookbuyer", to: Bookstore.version1, method, path, status: "403", decider: "rbac_access_denied")
        }
        try demo.expectCall(
            from: "bookstore-v1", to: Bookstore.warehouse, "GET", "/restock", status: "403",
            decider: "rbac_access_denied")
    }

    private func expectRefusedByOwnProxy(in demo: Demo) throws {
        for service in [Bookstore.apex, Bookstore.version1] {
            try demo.expectCall(
                from: "bookthief", to: service, "GET", "/books-bought", status: "no response",
                decider: "\(try demo.rig.address(of: service)):\(BookstorePods.httpPort)")
        }
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.warehouse, "POST", "/restock", status: "no response",
            decider: "\(try demo.rig.address(of: Bookstore.warehouse)):\(BookstorePods.httpPort)")
    }

    /// Other spellings of an allowed path are the same path, or no path at all.
    private func expectPathsNormalized(in demo: Demo) throws {
        for path in ["//books-bought", "/x/../books-bought"] {
            try demo.expectCall(
                from: "bookbuyer", to: Bookstore.version1, "GET", path, status: "200")
        }
        try demo.expectCall(from: "bookbuyer", to: Bookstore.version1, "GET", "/%2Fbooks-bought", status: "400")
    }
}
