import MeshModel

extension ProofRun {
    /// Has a certificate of the mesh made for the host without a sidecar, and returns the options of a call with it.
    func certificate(of account: String, in namespace: String, as name: String? = nil) throws -> [String] {
        let place = "\(rig.directory)/outsider/\(name ?? account)"
        try rig.controller.writeCertificate(
            of: ServiceIdentity(namespace: namespace, serviceAccount: account), to: place)
        try Command(["chown", "-R", "\(RunningPod.applicationUser)", "\(rig.directory)/outsider"]).check()
        return [
            "--tls-ca", "\(place)/roots.pem", "--tls-cert", "\(place)/cert.pem", "--tls-key", "\(place)/key.pem",
        ]
    }
}
