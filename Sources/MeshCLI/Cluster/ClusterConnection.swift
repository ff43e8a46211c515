internal import KubernetesClient
internal import Logging

/// A cluster, and the namespace of the control plane in it.
struct ClusterConnection: Sendable {
    let client: KubernetesClient
    /// The namespace of the control plane.
    let osmNamespace: String
    let console: Console

    /// The cluster that the options name; nothing is sent yet.
    ///
    /// - Throws: ``CommandFailure``.
    init(_ options: GlobalOptions, action: String) throws {
        console = options.console
        osmNamespace = try options.controlPlaneNamespace()
        do {
            let access = try ClusterAccess.kubeconfig(path: options.kubeconfig, context: options.context)
            console.debug("the API server is \(access.server)")
            client = try KubernetesClient(access, logger: console.logger)
        } catch let error as KubernetesError {
            throw CommandFailure(action, error, server: options.kubeconfig ?? "the default place")
        }
    }
}
