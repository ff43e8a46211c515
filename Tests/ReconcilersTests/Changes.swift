import MeshModel
import PolicyCompiler

/// A split whose only backend has the given weight: a change that can be told from others.
func split(_ name: String, weight: Int = 1) -> TrafficSplit {
    TrafficSplit(
        metadata: ObjectMetadata(name: name, namespace: "n"), service: "s",
        backends: [.init(service: "a", weight: weight)])
}

/// The change that sets a split.
func setting(_ name: String, weight: Int = 1) -> TableChange {
    TrafficSplit.change(for: .set(split(name, weight: weight)))
}

/// The change that removes a split.
func removal(_ name: String) -> TableChange {
    TrafficSplit.change(for: .remove(ObjectName(namespace: "n", name: name)))
}

extension TableChange {
    /// The weight in the split that the change sets.
    var weight: Int? {
        guard case .trafficSplit(_, let row) = self else { return nil }
        return row?.object.backends.first?.weight
    }
}
