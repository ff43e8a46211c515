/// The names of Services and of the pods behind them.
struct DNSZone: Sendable {
    /// The cluster's domain.
    static let domain = "cluster.local"

    let services: ObjectStore<Service>
    let slices: ObjectStore<EndpointSlice>

    /// The addresses of a name, in small letters.
    func answer(_ name: String) -> DNSMessage.Answer {
        guard name.hasSuffix(".svc.\(Self.domain)") else { return .missing }
        let labels = name.dropLast(".svc.\(Self.domain)".count).split(separator: ".").map(String.init)
        guard labels.count == 2 || labels.count == 3, let namespace = labels.last,
            let service = services[namespace, labels[labels.count - 2]]
        else { return .missing }
        if labels.count == 2, let address = service.virtualAddress { return .addresses([address]) }
        let endpoints = slices.all
            .filter { $0.metadata.namespace == namespace && $0.service == service.metadata.name }
            .flatMap { $0.endpoints ?? [] }.filter(\.isReady)
        let named = labels.count == 2 ? endpoints : endpoints.filter { $0.hostname == labels[0] }
        return named.isEmpty ? .missing : .addresses(Set(named.flatMap(\.addresses)).sorted())
    }
}
