internal import MeshModel

/// Random Retries.
extension RandomMesh {
    mutating func retry() -> Retry {
        let metadata = metadata("y", 6)
        let source = Retry.Subject(
            kind: random.once(in: 20) ? "Service" : "ServiceAccount", name: account(),
            namespace: random.pick(nil, "n0", "n0", "n1"))
        let destinations = (0..<random.pick(1, 1, 2, 3)).map { _ in
            let isWildcard = random.once(in: 3)
            return Retry.Subject(
                kind: "Service", name: isWildcard ? random.pick("*", "") : "s\(random.number(below: 6))",
                namespace: random.pick(nil, "n0", "n0", "n1", isWildcard ? "*" : "n0", isWildcard ? "out" : "n1"))
        }
        return Retry(
            metadata: metadata, source: random.once(in: 25) ? nil : source,
            destinations: random.once(in: 25) ? [] : destinations,
            policy: .init(
                retryOn: random.pick("5xx", "reset, 5xx", "gateway-error,unavailable"),
                numRetries: random.pick(0, 1, 2, 5), perTryTimeout: random.pick("", "0s", "2s"),
                retryBackoffBaseInterval: random.pick("", "2ms")))
    }
}
