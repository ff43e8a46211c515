/// How a listener for rewritten probes tells the containers apart.
struct ProbeRouting {
    let kind: Probe.Kind
    /// In the order of the pod's containers.
    let requests: [ProbedRequest]
    /// Where TLS connections go as they are; `nil` if there are none, or if they could go to several ports.
    ///
    /// TLS tells nothing by which containers could be told apart: of several ports each is asked by Envoy.
    let passthrough: ProbedRequest?

    init(_ kind: Probe.Kind, _ all: [ProbedRequest]) {
        self.kind = kind
        requests = all.filter { $0.kind == kind }
        let secure = requests.filter(\.isTLS)
        passthrough = Set(secure.map(\.port)).count == 1 ? secure.first : nil
    }

    /// Whether the kubelet asks by TLS, as it was told to.
    func isPassedThrough(_ request: ProbedRequest) -> Bool { request.isTLS && passthrough != nil }

    /// Those that Envoy reads.
    var routed: [ProbedRequest] { requests.filter { !isPassedThrough($0) } }
}
