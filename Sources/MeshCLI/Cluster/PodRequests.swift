internal import AsyncHTTPClient
internal import KubernetesClient
internal import MeshModel
internal import NIOCore
internal import NIOHTTP1

/// What a pod answered.
struct PodAnswer: Sendable {
    let status: Int
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension ClusterConnection {
    /// The port of Envoy's administration interface in a pod.
    static let proxyAdministration = 15000
    /// The ports at which a controller tells of itself: to its own pod, and, in the original, to everybody.
    static let controllerPorts = [9092, 9091]

    /// The longest answer that is taken, in bytes.
    private static let longestAnswer = 1 << 30

    /// Asks a pod over HTTP, through the API server.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - port: The port in the pod.
    ///   - path: The path with its query, beginning with a slash.
    ///   - isPost: Whether it is a `POST` without a body, rather than a `GET`.
    ///   - localPort: The port of this host that is used; 0 for any.
    /// - Throws: ``CommandFailure``.
    func ask(
        _ pod: ObjectName, port: Int, path: String, isPost: Bool = false, localPort: Int = 0
    ) async throws -> PodAnswer {
        console.debug("asking pod \(pod): \(isPost ? "POST" : "GET") :\(port)\(path)")
        do {
            return try await client.withForwarded(port, of: pod, localPort: localPort) { local in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(local)\(path)")
                request.method = isPost ? .POST : .GET
                // The connection here is to go with the one to the pod.
                request.headers.add(name: "connection", value: "close")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                let body = try await response.body.collect(upTo: Self.longestAnswer)
                return PodAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
            }
        } catch let error as KubernetesError {
            throw CommandFailure(
                "asking port \(port) of pod \(pod)", because: error.message,
                advice: error.code == .forbidden
                    ? "ask for the right to create pods/portforward"
                    : "see whether the pod runs and its container is ready: kubectl get pod \(pod.name) -n \(pod.namespace)"
            )
        } catch {
            throw CommandFailure(
                "asking port \(port) of pod \(pod)", because: "\(error)",
                advice: "see whether the pod runs and its container is ready: "
                    + "kubectl get pod \(pod.name) -n \(pod.namespace)")
        }
    }

    /// Asks a pod of the control plane, at the first of its ports that knows the path.
    ///
    /// - Throws: ``CommandFailure`` if it answers at none.
    func askController(_ pod: ObjectName, path: String, localPort: Int = 0) async throws -> PodAnswer {
        var failure: CommandFailure?
        var unknown: PodAnswer?
        for port in Self.controllerPorts {
            do {
                let answer = try await ask(pod, port: port, path: path, localPort: localPort)
                if answer.status != 404 { return answer }
                unknown = unknown ?? answer
            } catch let error as CommandFailure {
                console.debug("\(error)")
                failure = failure ?? error
            }
        }
        if let unknown { return unknown }
        throw failure ?? CommandFailure("asking pod \(pod)", because: "it has no port")
    }

    /// What a pod of the control plane answers with the status 200.
    ///
    /// - Throws: ``CommandFailure``, also for every other status.
    func controllerText(from pod: ObjectName, path: String) async throws -> String {
        let answer = try await askController(pod, path: path)
        guard answer.status == 200 else {
            throw CommandFailure(
                "asking pod \(pod) for \(path)", because: "it answered \(answer.status): \(answer.text.prefix(200))",
                advice: "see whether control plane and command are of one version: osm version")
        }
        return answer.text
    }

    /// What a pod answers with the status 200.
    ///
    /// - Throws: ``CommandFailure``, also for every other status.
    func text(from pod: ObjectName, port: Int, path: String) async throws -> String {
        let answer = try await ask(pod, port: port, path: path)
        guard answer.status == 200 else {
            throw CommandFailure(
                "asking port \(port) of pod \(pod) for \(path)",
                because: "it answered \(answer.status): \(answer.text.prefix(200))")
        }
        return answer.text
    }
}
