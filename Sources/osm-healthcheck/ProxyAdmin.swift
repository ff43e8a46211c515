import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Envoy's administration interface, as far as the helper needs it.
struct ProxyAdmin: Sendable {
    /// The interface's address.
    let address: String

    private static let limit = TimeAmount.seconds(5)
    /// The name of the cluster by which the control plane says that the applications have ended.
    private static let workloadEnd = "workload-ended"

    /// Whether Envoy has its whole configuration.
    func isReady() async -> Bool { await answer(.GET, "/ready")?.status == .ok }

    /// Whether the control plane says that the pod's applications have ended for good.
    func saysThatWorkloadEnded() async -> Bool {
        let path = "/config_dump?resource=dynamic_active_clusters&name_regex=^\(Self.workloadEnd)$"
        guard let response = await answer(.GET, path), response.status == .ok,
            let body = try? await response.body.collect(upTo: 1 << 20)
        else { return false }
        return String(buffer: body).contains("\"\(Self.workloadEnd)\"")
    }

    /// Tells Envoy to end; returns whether it heard.
    func quit() async -> Bool { await answer(.POST, "/quitquitquit")?.status == .ok }

    private enum Method { case GET, POST }

    private func answer(_ method: Method, _ path: String) async -> HTTPClientResponse? {
        var request = HTTPClientRequest(url: address + path)
        request.method = method == .GET ? .GET : .POST
        return try? await HTTPClient.shared.execute(request, timeout: Self.limit)
    }
}
