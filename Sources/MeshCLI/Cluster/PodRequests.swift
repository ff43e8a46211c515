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
    /// The beginning of its first line, for messages.
    var firstLine: String {
        String(decoding: body.prefix { $0 != UInt8(ascii: "\n") }.prefix(200), as: UTF8.self).onOneLine
    }
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
        _ pod: ObjectName, port: Int, path: String, isPost: Bool = false, localPort: UInt16 = 0
    ) async throws -> PodAnswer {
        console.debug("asking pod \(pod): \(isPost ? "POST" : "GET") :\(port)\(path)")
        do {
            return try await client.withForwarded(port, of: pod, localPort: Int(localPort)) { [limit] local in
                // The limit of the library ends with the head of the answer.
                try await withTimeLimit(limit) {
                    try await Self.request("http://127.0.0.1:\(local)\(path)", isPost: isPost, within: limit)
                }
            }
        } catch {
            let reason = Self.reason(of: error, limit)
            let look = "kubectl get pod \(pod.name) -n \(pod.namespace)"
            let advice =
                switch (error as? KubernetesError)?.code {
                case .forbidden?: "ask for the permission to create pods/portforward"
                case .configuration?: "leave --local-port out for any free port"
                default: "see whether the pod runs and its container is ready: \(look)"
                }
            throw CommandFailure(
                "asking port \(port) of pod \(pod)", because: reason.onOneLine,
                advice: advice,
                isSilence: error is TimeLimitExceeded || error as? HTTPClientError == .deadlineExceeded)
        }
    }

    private static func request(_ url: String, isPost: Bool, within limit: Duration) async throws -> PodAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = isPost ? .POST : .GET
        // The connection here is to go with the one to the pod.
        request.headers.add(name: "connection", value: "close")
        let time = TimeAmount.nanoseconds(Int64(limit / .nanoseconds(1)))
        let response = try await HTTPClient.shared.execute(request, timeout: time)
        let body = try await response.body.collect(upTo: longestAnswer)
        return PodAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
    }

    /// Why a pod did not answer, in words.
    private static func reason(of error: any Error, _ limit: Duration) -> String {
        switch error {
        case let error as KubernetesError:
            error.message + (error.code == .transport ? error.cause.map { ": \($0)" } ?? "" : "")
        case is TimeLimitExceeded: "it does not answer within \(limit)"
        case let error as HTTPClientError where error == .deadlineExceeded: "it does not answer within \(limit)"
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            "it ended the connection without a whole answer"
        case let error as HTTPParserError where error == .invalidEOFState:
            "it ended the connection without a whole answer"
        case is HTTPParserError: "its answer is not HTTP (\(error))"
        case is NIOTooManyBytesError: "its answer is longer than \(longestAnswer >> 20) MB"
        default: "\(error)"
        }
    }

    /// Asks a pod of the control plane, at the first of its ports that knows the path.
    ///
    /// - Throws: ``CommandFailure`` if it answers at none.
    func askController(_ pod: ObjectName, path: String, localPort: UInt16 = 0) async throws -> PodAnswer {
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
                if error.isSilence { break }
            }
        }
        if let unknown { return unknown }
        throw failure ?? CommandFailure("asking pod \(pod)", because: "it has no port")
    }

    /// What a pod of the control plane answers with the status 200.
    ///
    /// - Throws: ``CommandFailure``, also for every other status.
    func controllerText(from pod: ObjectName, path: String, localPort: UInt16 = 0) async throws -> String {
        let answer = try await askController(pod, path: path, localPort: localPort)
        guard answer.status == 200 else {
            throw CommandFailure(
                "asking pod \(pod) for \(path)", because: "it answered \(answer.status): \(answer.firstLine)",
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
                because: "it answered \(answer.status): \(answer.firstLine)")
        }
        return answer.text
    }
}
