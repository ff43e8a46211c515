import Foundation

/// Amounts as Kubernetes writes them, such as `250m` and `64Mi`.
enum Quantity {
    private static let factors: [(suffix: String, factor: Double)] = [
        ("Ki", 0x1p10), ("Mi", 0x1p20), ("Gi", 0x1p30), ("Ti", 0x1p40), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
        ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
    ]

    /// The amount; `nil` if it cannot be read.
    static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .string(let text):
            for (suffix, factor) in factors where text.hasSuffix(suffix) {
                return Double(text.dropLast(suffix.count)).map { $0 * factor }
            }
            return Double(text)
        default: return nil
        }
    }

    /// What a container may use or wants, divided and rounded up as the downward API has it.
    static func text(_ reference: Variable.ResourceReference, of container: Container) -> String? {
        let words = reference.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return nil }
        let limit = container.resources?.limits?[words[1]]
        let amount = words[0] == "limits" ? limit : container.resources?.requests?[words[1]] ?? limit
        // Where there is no limit, it is the node's.
        let whole: [String: Double] = ["cpu": 2, "memory": 0x1p34, "ephemeral-storage": 0x1p36]
        guard let number = amount.flatMap(number) ?? (words[0] == "limits" ? whole[words[1]] : 0) else { return nil }
        let divisor = reference.divisor.flatMap(Quantity.number) ?? 1
        return String(Int((number / (divisor == 0 ? 1 : divisor)).rounded(.up)))
    }
}

/// What a pod is worth to its node.
enum QualityOfService {
    static func name(of spec: PodSpec) -> String {
        let all = (spec.initContainers ?? []) + spec.containers
        let amounts = all.map { (limits: $0.resources?.limits ?? [:], requests: $0.resources?.requests ?? [:]) }
        if amounts.allSatisfy({ $0.limits.isEmpty && $0.requests.isEmpty }) { return "BestEffort" }
        let isGuaranteed = amounts.allSatisfy { limits, requests in
            ["cpu", "memory"].allSatisfy { limits[$0] != nil && (requests[$0] ?? limits[$0]) == limits[$0] }
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
