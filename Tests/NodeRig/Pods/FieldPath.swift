/// What a pod can learn of itself.
struct FieldPath: Sendable {
    let pod: Pod
    /// The newest labels and annotations.
    let metadata: ObjectMeta
    let address: String?

    /// The value at a path; `nil` if there is no such path.
    func value(_ path: String) -> String? {
        if let key = key(path, "metadata.labels") { return metadata.labels?[key] ?? "" }
        if let key = key(path, "metadata.annotations") { return metadata.annotations?[key] ?? "" }
        return switch path {
        case "metadata.name": pod.metadata.name
        case "metadata.namespace": pod.namespace
        case "metadata.uid": pod.uid
        case "metadata.labels": lines(metadata.labels)
        case "metadata.annotations": lines(metadata.annotations)
        case "spec.nodeName": pod.spec.nodeName ?? ""
        case "spec.serviceAccountName": pod.serviceAccount
        case "status.hostIP", "status.hostIPs": NodeNamespace.address
        case "status.podIP", "status.podIPs": address ?? ""
        default: nil
        }
    }

    /// The key in `prefix['key']`.
    private func key(_ path: String, _ prefix: String) -> String? {
        guard path.hasPrefix("\(prefix)['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(prefix.count + 2).dropLast(2))
    }

    private func lines(_ values: [String: String]?) -> String {
        (values ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONValue.string($0.value).text)" }
            .joined(separator: "\n")
    }
}
