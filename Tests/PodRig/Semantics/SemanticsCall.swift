import MeshModel
import Oracle

/// One call of the semantics check, and what the oracle says will become of it.
struct SemanticsCall {
    /// Who calls.
    enum Caller {
        /// A pod of the mesh, through its own proxy.
        case pod(Pod)
        /// A host without a sidecar, with the certificate of an identity or none, by the name of a service or another.
        case outsider(ServiceIdentity?, through: ObjectName?)
        /// A host without a sidecar, `outsider` or `plain`, that speaks no protocol of the mesh; it may show the
        /// certificate of an identity.
        case ingress(from: String, Oracle.IngressCall, ServiceIdentity?)

        var pod: Pod? { if case .pod(let pod) = self { pod } else { nil } }

        /// Where the call is made.
        var host: String {
            switch self {
            case .pod(let pod): pod.metadata.name
            case .outsider: "outsider"
            case .ingress(let host, _, _): host
            }
        }
    }

    let caller: Caller
    let address: SocketAddress
    let request: Request
    let prediction: Oracle.Prediction
    /// How often the application answers 503 at first, and a name by which it knows the request; `nil` for never.
    var failure: (times: Int, name: String)?

    /// The identity that the server's proxy sees; `nil` for none.
    func identity(_ oracle: Oracle) -> ServiceIdentity? {
        switch caller {
        case .pod(let pod): oracle.identity(of: pod)
        case .outsider(let identity, _): identity
        case .ingress: nil
        }
    }

    /// Whether it must, or may, get an answer of an application.
    var isAllowed: Bool {
        prediction.outcomes.contains { if case .answered = $0 { true } else { false } }
    }

    /// The request as it is sent.
    var text: String {
        var text = "\(request.method) \(request.path) HTTP/1.1\r\nhost: \(request.host)\r\n"
        for header in request.headers { text += "\(header.name): \(header.value)\r\n" }
        if request.method == "POST" { text += "content-length: 0\r\n" }
        if let failure { text += "x-fail-first: \(failure.times) \(failure.name)\r\n" }
        return text + "\r\n"
    }

    /// Why an answer is not one of those that were predicted; `nil` if it is.
    func objection(to answer: Prober.Answer) -> String? {
        let seen: Oracle.Outcome =
            if let app = answer.app { .answered(by: app, path: answer.path ?? "") } else {
                answer.status.map { .status($0) } ?? .nothing
            }
        let predicted = Set(prediction.outcomes.map { $0.reported })
        guard !predicted.contains(seen) || (seen == .nothing && answer.bytes > 0) else { return nil }
        let expected = prediction.outcomes.sorted().map { "\($0)" }.joined(separator: " or ")
        let path = request.path.count > 80 ? "\(request.path.prefix(80))… (\(request.path.count))" : request.path
        return """
            \(description) \(request.method) \(path) host \(request.host) \(request.headers.map { "\($0.name): \($0.value)" }): \
            \(seen) (\(answer.error ?? "no error"), \(answer.bytes) bytes), expected \(expected); servers: \
            \(prediction.servers.map { "\($0.pod.metadata.name):\($0.port) http=\($0.isHTTP.map { "\($0)" } ?? "-") \($0.verdict)" })
            """
    }

    private var description: String {
        switch caller {
        case .pod(let pod): "\(pod.name) -> \(address) (\(prediction.servicePort.map { "\($0)" } ?? "no listener"))"
        case .outsider(let identity, let service):
            "outsider as \(identity.map { "\($0)" } ?? "nobody") -> \(address) by \(service.map { "\($0)" } ?? "no name")"
        case .ingress(let host, let call, let identity):
            "\(host) -> \(address) by \(call) (\(identity.map { "\($0)" } ?? "nobody"))"
        }
    }
}

extension Oracle.Outcome {
    /// As the prober reports it: of a very long path the beginning and the number of bytes.
    fileprivate var reported: Oracle.Outcome {
        guard case .answered(let app, let path) = self, path.utf8.count > 200 else { return self }
        return .answered(by: app, path: "\(path.prefix(200)) \(path.utf8.count)")
    }
}
