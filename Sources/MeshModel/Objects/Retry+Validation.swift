extension Retry: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case source, destinations, retryPolicy }

    /// Reads a Retry of `policy.openservicemesh.io/v1alpha1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata), source: try spec?.value(.source),
            destinations: try spec?.value(.destinations) ?? [],
            policy: try spec?.value(.retryPolicy) ?? Policy(retryOn: ""))
    }
}

extension Retry.Subject: Decodable {
    private enum Key: String, CodingKey { case kind, name, namespace }

    /// Reads a source or destination; an empty namespace is an omitted one.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let namespace: String = try fields.value(.namespace, or: "")
        self.init(
            kind: try fields.value(.kind, or: ""), name: try fields.value(.name, or: ""),
            namespace: namespace.isEmpty ? nil : namespace)
    }
}

extension Retry.Policy: Decodable {
    private enum Key: String, CodingKey {
        case retryOn, perTryTimeout, numRetries, retryBackoffBaseInterval, retriableStatusCodes
    }

    /// Reads a policy.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            retryOn: try fields.value(.retryOn, or: ""), numRetries: try fields.value(.numRetries),
            perTryTimeout: try fields.value(.perTryTimeout, or: ""),
            retryBackoffBaseInterval: try fields.value(.retryBackoffBaseInterval, or: ""),
            retriableStatusCodes: try fields.value(.retriableStatusCodes, or: []))
    }
}

extension Retry {
    /// The conditions of Envoy's HTTP retry policies: the documented values of `x-envoy-retry-on`.
    public static let httpConditions = [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited",
        "retriable-4xx", "refused-stream", "retriable-status-codes", "retriable-headers",
    ]

    /// The conditions of Envoy's gRPC retry policies: the documented values of `x-envoy-retry-grpc-on`.
    public static let grpcConditions = [
        "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    ]

    /// The most words of ``Policy/retryOn``, and the most statuses: more than there are.
    private static let (mostWords, mostStatuses) = (100, 500)

    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, source: nil, destinations: [], policy: Policy(retryOn: ""))
    }

    /// The source, the destinations and the policy.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if let source {
            list.checkWord(source.kind, "spec.source.kind", oneOf: ["ServiceAccount"])
            list.checkName(source.name, "spec.source.name")
            if let namespace = source.namespace { list.checkName(namespace, "spec.source.namespace", isLabel: true) }
        } else {
            list.add("spec.source", "is missing: write the ServiceAccount whose requests are tried again")
        }
        if destinations.isEmpty {
            list.add("spec.destinations", "is empty: list Services, or one with the name `*` for all of a namespace")
        }
        list.checkCount(destinations.count, "spec.destinations")
        for (index, destination) in destinations.prefix(ProblemList.mostEntries).enumerated() {
            Self.check(destination, "spec.destinations[\(index)]", &list)
        }
        checkPolicy(&list)
        return list.problems
    }

    private static func check(_ destination: Subject, _ path: String, _ list: inout ProblemList) {
        list.checkWord(destination.kind, "\(path).kind", oneOf: ["Service"])
        let isWildcard = destination.name.isEmpty || destination.name == wildcard
        if !isWildcard { list.checkName(destination.name, "\(path).name", isLabel: true) }
        guard let namespace = destination.namespace else { return }
        if namespace != wildcard {
            list.checkName(namespace, "\(path).namespace", isLabel: true)
        } else if !isWildcard {
            list.add("\(path).namespace", "`*` goes with the name `*` only: write the namespace of the Service")
        }
    }

    private func checkPolicy(_ list: inout ProblemList) {
        let path = "spec.retryPolicy"
        if policy.conditions.isEmpty {
            list.add("\(path).retryOn", "is missing: write Envoy's words divided by commas, such as 5xx,reset")
        } else if policy.words.count > Self.mostWords {
            list.add("\(path).retryOn", "has \(policy.words.count) words: write at most \(Self.mostWords)")
        } else {
            for word in policy.words {
                list.checkWord(word, "\(path).retryOn", oneOf: Self.httpConditions + Self.grpcConditions)
            }
        }
        list.checkDuration(WrittenDuration(policy.perTryTimeout), "\(path).perTryTimeout")
        if let count = policy.numRetries {
            if count < 0 {
                list.add("\(path).numRetries", "\(count) is negative: write 0 or more")
            } else if count > Int(UInt32.max) {
                list.add("\(path).numRetries", "\(count) is more than \(UInt32.max)")
            }
        } else {
            list.add("\(path).numRetries", "is missing: write how often a request is tried again at most")
        }
        list.checkDuration(
            WrittenDuration(policy.retryBackoffBaseInterval), "\(path).retryBackoffBaseInterval", mustBePositive: true)
        list.checkCount(policy.retriableStatusCodes.count, "\(path).retriableStatusCodes", most: Self.mostStatuses)
        for (index, code) in policy.retriableStatusCodes.prefix(Self.mostStatuses).enumerated()
        where !(100...599).contains(code) {
            list.add("\(path).retriableStatusCodes[\(index)]", "\(code) is not a status: write 100 to 599")
        }
        if !policy.retriableStatusCodes.isEmpty, !policy.conditions.contains("retriable-status-codes") {
            list.add(
                "\(path).retriableStatusCodes",
                "means nothing without the word retriable-status-codes in \(path).retryOn")
        }
    }
}
