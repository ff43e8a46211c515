import MeshModel
import Oracle

extension SemanticsCalls {
    /// A call of somebody who speaks no protocol of the mesh.
    func ingressCall(_ request: Request, _ mesh: inout RandomMesh) -> SemanticsCall? {
        let host = mesh.random.pick("outsider", SemanticsPods.plain.name.name)
        let address = host == "outsider" ? SemanticsPods.outsiderAddress : SemanticsPods.plain.address
        guard let source = IPAddress(address), let server = mesh.random.pick(from: clients),
            let ip = server.addresses.first
        else { return nil }
        let identity = mesh.random.once(in: 2) ? nil : mesh.random.pick(from: SemanticsPods.identities)
        let call = mesh.ingressCall(
            from: source,
            certificate: identity.map {
                [$0.dnsName(trustDomain: "cluster.local"), $0.spiffeURI(trustDomain: "cluster.local")]
            })
        let port: UInt16 = mesh.random.pick(8080, 8080, 8081, 8082)
        return SemanticsCall(
            caller: .ingress(from: host, call, identity), address: SocketAddress(ip: ip, port: port), request: request,
            prediction: oracle.prediction(of: request, on: call, to: server, port: port, applications: applications))
    }
}
