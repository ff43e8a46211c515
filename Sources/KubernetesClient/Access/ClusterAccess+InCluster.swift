internal import FoundationEssentials

extension ClusterAccess {
    /// The access that a pod has by its ServiceAccount.
    ///
    /// - Parameters:
    ///   - directory: Where the token, `ca.crt` and `namespace` are mounted.
    ///   - environment: Where `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` stand; `nil` for the process's.
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    public static func inCluster(
        directory: String = "/var/run/secrets/kubernetes.io/serviceaccount", environment: [String: String]? = nil
    ) throws -> ClusterAccess {
        let environment = environment ?? ProcessInfo.processInfo.environment
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else {
            throw KubernetesError(
                .configuration,
                "this is no pod of a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; name "
                    + "a kubeconfig with --kubeconfig or KUBECONFIG")
        }
        let token = "\(directory)/token"
        let what = "the ServiceAccount's token (is automountServiceAccountToken false?)"
        guard !(try TextFile.read(token, what).trimmingWhitespace).isEmpty else {
            throw KubernetesError(.configuration, "\(token): \(what) is empty")
        }
        let authorities = try TextFile.read("\(directory)/ca.crt", "the cluster's certificate authority")
        let namespace = try? String(contentsOfFile: "\(directory)/namespace", encoding: .utf8)
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        return ClusterAccess(
            server: "https://\(bracketed):\(port)", authorities: authorities, credential: .tokenFile(token),
            defaultNamespace: namespace.map(\.trimmingWhitespace).flatMap { $0.isEmpty ? nil : $0 })
    }
}
