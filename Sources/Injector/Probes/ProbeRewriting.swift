/// The probes of a pod, which the kubelet asks from outside the mesh, as they are asked through the sidecar.
///
/// Envoy answers HTTP and HTTPS probes; the helper answers those of TCP and gRPC, which carry no path by which their
/// container could be told. Probes that run a program, and those of another host, stay as they are.
struct ProbeRewriting {
    /// The path at which the helper answers, by the original's name.
    static let helperPath = "/osm-healthcheck"
    /// The header with the port to connect to, by the original's name.
    static let tcpHeader = "Original-Tcp-Port"
    /// The header with the port to ask gRPC's health service at.
    static let grpcHeader = "Original-Grpc-Port"
    /// The header with the name of the service that gRPC's health service is asked about.
    static let grpcServiceHeader = "Original-Grpc-Service"
    /// The header with the time that an answer may take, in seconds.
    static let timeoutHeader = "Original-Timeout-Seconds"

    private struct Place {
        let path: [String]
        let request: ProbedRequest
    }

    /// What the kubelet asks the helper.
    private struct Question {
        let path: [String]
        /// The field that goes.
        let field: String
        let headers: [(String, String)]
    }

    private var places: [Place] = []
    private var questions: [Question] = []
    /// Probes that cannot be asked, in words for their author.
    private(set) var warnings: [String] = []

    /// What Envoy answers, in the order of the containers.
    var requests: [ProbedRequest] { places.map(\.request) }
    /// Whether any probe is for the helper.
    var needsHelper: Bool { !questions.isEmpty }

    /// Takes up the probes of a container.
    ///
    /// - Parameter path: Where the container is in the pod.
    mutating func take(_ container: SubmittedContainer, at path: [String]) {
        for kind in Probe.Kind.allCases {
            guard let probe = container.probe(kind) else { continue }
            let place = path + [kind.field]
            if let get = probe.httpGet, isOwn(get.host) {
                guard let port = number(get.port, container, kind) else { continue }
                let isTLS = get.scheme?.uppercased() == "HTTPS"
                places.append(
                    Place(
                        path: place,
                        request: ProbedRequest(
                            kind, of: container.name, isTLS: isTLS, port: port, path: get.path ?? "/",
                            timeout: probe.timeout)))
            } else if let socket = probe.tcpSocket, isOwn(socket.host) {
                guard let port = number(socket.port, container, kind) else { continue }
                let headers = [(Self.tcpHeader, "\(port)"), (Self.timeoutHeader, "\(probe.timeout)")]
                questions.append(Question(path: place, field: "tcpSocket", headers: headers))
            } else if let call = probe.grpc {
                guard let port = number(call.port, container, kind) else { continue }
                var headers = [(Self.grpcHeader, "\(port)"), (Self.timeoutHeader, "\(probe.timeout)")]
                if let service = call.service, !service.isEmpty { headers.append((Self.grpcServiceHeader, service)) }
                questions.append(Question(path: place, field: "grpc", headers: headers))
            }
        }
    }

    /// Writes down what differs.
    func apply(to patch: inout JSONPatch) {
        let routings = Probe.Kind.allCases.map { ProbeRouting($0, requests) }
        for place in places {
            let request = place.request
            let isPassed = routings.contains { $0.kind == request.kind && $0.isPassedThrough(request) }
            patch.add(place.path + ["httpGet", "port"], .number(Int64(request.kind.port)))
            guard !isPassed else { continue }
            patch.add(place.path + ["httpGet", "path"], .string(request.proxyPath + request.query))
            if request.isTLS { patch.add(place.path + ["httpGet", "scheme"], "HTTP") }
        }
        for question in questions {
            patch.remove(question.path + [question.field])
            let headers = question.headers.map { name, value -> JSONValue in
                ["name": .string(name), "value": .string(value)]
            }
            patch.add(
                question.path + ["httpGet"],
                [
                    "path": .string(Self.helperPath), "port": .number(Int64(ProxyPorts.helper)), "scheme": "HTTP",
                    "httpHeaders": .array(headers),
                ])
        }
    }

    private func isOwn(_ host: String?) -> Bool { host?.isEmpty ?? true }

    private mutating func number(
        _ port: Probe.Port, _ container: SubmittedContainer, _ kind: Probe.Kind
    ) -> UInt16? {
        if let number = container.number(of: port) { return number }
        if case .name(let name) = port {
            warnings.append(
                "container \(container.name): its \(kind) probe names the port `\(name)`, which the container does "
                    + "not have: the probe stays as it is, and will fail")
        }
        return nil
    }
}
