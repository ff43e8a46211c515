/// An SMI TrafficSplit: how requests to a service divide among others.
public struct TrafficSplit: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.trafficSplit

    /// A service that gets a part of the requests.
    public struct Backend: Hashable, Sendable {
        /// The name of a Service in the split's namespace.
        public var service: String
        /// Its share relative to the others; 0 for none.
        public var weight: Int

        /// A backend with its weight.
        public init(service: String, weight: Int) {
            self.service = service
            self.weight = weight
        }
    }

    /// A reference to the requests that are split.
    public struct MatchReference: Hashable, Sendable {
        /// `kind` as written; only `HTTPRouteGroup` has a meaning.
        public var kind: String
        /// The name of an HTTPRouteGroup in the split's namespace.
        public var name: String

        /// A reference to a route group.
        public init(kind: String = "HTTPRouteGroup", name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The service whose requests are divided (the apex), as written: `svc`, `svc.ns` and so on.
    public var service: String
    /// The backends, in the order of the spec.
    public var backends: [Backend]
    /// Which requests are divided; empty for all (v1alpha3 and v1alpha4).
    public var matches: [MatchReference]

    /// A split with the given fields.
    public init(metadata: ObjectMetadata, service: String, backends: [Backend], matches: [MatchReference] = []) {
        self.metadata = metadata
        self.service = service
        self.backends = backends
        self.matches = matches
    }

    /// The apex service; `nil` if its spelling names no service of the split's namespace.
    ///
    /// Accepts `svc`, `svc.ns`, `svc.ns.svc`, `svc.ns.svc.cluster` and `svc.ns.svc.cluster.local`.
    public var apex: ObjectName? {
        let labels = service.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let name = labels.first, !name.isEmpty, labels.count <= 5 else { return nil }
        let expected = [metadata.namespace, "svc", "cluster", "local"]
        guard Array(labels.dropFirst()) == Array(expected.prefix(labels.count - 1)) else { return nil }
        return ObjectName(namespace: metadata.namespace, name: name)
    }
}

extension TrafficSplit: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case service, backends, matches }

    /// Reads a TrafficSplit of `split.smi-spec.io/v1alpha2`, `v1alpha3` or `v1alpha4`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            service: try spec?.value(.service) ?? "", backends: try spec?.value(.backends) ?? [],
            matches: try spec?.value(.matches) ?? [])
    }
}

extension TrafficSplit.Backend: Decodable {
    private enum Key: String, CodingKey { case service, weight }

    /// Reads a backend; its weight must be there and be a whole number.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        service = try fields.value(.service, or: "")
        do {
            weight = try fields.decode(Int.self, forKey: .weight)
        } catch {
            // The two other spellings that are about get a message of their own.
            if let number = try? fields.decode(Double.self, forKey: .weight) {
                throw DecodingError.dataCorruptedError(
                    forKey: .weight, in: fields,
                    debugDescription: "`\(number)` is not a whole number: weights are relative, so 90 and 10 will do")
            }
            if let quantity = try? fields.decode(String.self, forKey: .weight) {
                throw DecodingError.dataCorruptedError(
                    forKey: .weight, in: fields,
                    debugDescription: "`\(quantity)` is a text: write a whole number without quotes "
                        + "(quantities such as 500m were v1alpha1)")
            }
            throw error
        }
    }
}

extension TrafficSplit.MatchReference: Decodable {
    private enum Key: String, CodingKey { case kind, name }

    /// Reads a reference to a route group.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(kind: try fields.value(.kind, or: ""), name: try fields.value(.name, or: ""))
    }
}

extension TrafficSplit {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, service: "", backends: [])
    }

    /// The greatest sum of weights: Envoy's `total_weight` is a 32-bit number.
    private static let greatestSum = Int(UInt32.max)

    /// The apex, the backends with their weights, and the references.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if service.isEmpty {
            list.add("spec.service", "is missing: write the Service whose requests are divided")
        } else if let apex {
            list.checkName(apex.name, "spec.service", isLabel: true)
        } else {
            let name = service.prefix { $0 != "." }
            list.add(
                "spec.service",
                "`\(service)` is not a Service of this namespace: write `\(name)` or `\(name).\(metadata.namespace)`")
        }
        checkBackends(&list)
        list.checkCount(matches.count, "spec.matches")
        for (index, reference) in matches.enumerated() {
            list.checkWord(reference.kind, "spec.matches[\(index)].kind", oneOf: ["HTTPRouteGroup"])
            list.checkName(reference.name, "spec.matches[\(index)].name")
        }
        return list.problems
    }

    private func checkBackends(_ list: inout ProblemList) {
        list.checkCount(backends.count, "spec.backends")
        var seen: Set<String> = []
        for (index, backend) in backends.enumerated() {
            let path = "spec.backends[\(index)]"
            list.checkName(backend.service, "\(path).service", isLabel: true)
            if !backend.service.isEmpty, !seen.insert(backend.service).inserted {
                list.add("\(path).service", "`\(backend.service)` is an earlier backend: give it one weight")
            }
            if backend.weight < 0 { list.add("\(path).weight", "\(backend.weight) is negative: write 0 or more") }
        }
        let weights = backends.map { max(0, $0.weight) }
        if backends.isEmpty {
            list.add("spec.backends", "is empty: list the Services that get the requests")
        } else if weights.allSatisfy({ $0 == 0 }), backends.allSatisfy({ $0.weight == 0 }) {
            list.add("spec.backends", "gives every backend the weight 0: one must have more")
        } else if weights.contains(where: { $0 > Self.greatestSum }) || weights.reduce(0, +) > Self.greatestSum {
            list.add("spec.backends", "has weights that add up to more than \(Self.greatestSum)")
        }
    }
}
