import MeshModel

/// A host that is no pod: it has what certificates it was given, and nothing between it and the servers.
struct Outsider {
    let namespace: Namespace
    private let demo: Demo
    private let directory: String

    /// Makes the host, or finds it.
    init(demo: Demo) throws {
        self.demo = demo
        namespace = try demo.rig.outsider()
        directory = "\(demo.rig.directory)/outsider"
    }

    /// Has a certificate of the mesh made, and returns the options of a call with it; the roots come first.
    func certificate(of account: String, in namespace: String) throws -> [String] {
        let place = "\(directory)/\(account)"
        try demo.rig.controller.writeCertificate(
            of: ServiceIdentity(namespace: namespace, serviceAccount: account), to: place)
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", directory]).check()
        return [
            "--tls-ca", "\(place)/roots.pem", "--tls-cert", "\(place)/cert.pem", "--tls-key", "\(place)/key.pem",
        ]
    }
}
