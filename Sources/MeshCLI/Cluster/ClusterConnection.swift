internal import KubernetesClient
internal import Logging

/// A cluster, and the namespace of the control plane in it.
struct ClusterConnection: Sendable {
    let client: KubernetesClient
    /// The namespace of the control plane.
    let osmNamespace: String
    let console: Console
    /// How long a pod may take to answer.
    let limit: Duration

    /// The cluster that the options name; nothing is sent yet.
    ///
    /// - Throws: ``CommandFailure``.
    init(_ options: GlobalOptions, action: String) throws {
        console = options.console
        osmNamespace = try options.controlPlaneNamespace()
        limit = options.requestTimeout.duration
        do {
            let access = try ClusterAccess.kubeconfig(path: options.kubeconfig, context: options.context)
            console.debug("the API server is \(access.server)")
            let timing = TransportTiming(connect: min(limit, .seconds(10)), read: limit, answer: limit)
            client = try KubernetesClient(access, timing: timing, logger: console.logger)
        } catch let error as KubernetesError {
            throw CommandFailure(action, error, server: options.kubeconfig ?? "the default place")
        }
    }
}
