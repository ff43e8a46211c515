import Foundation

extension PolicyRun {
    func status() throws -> ControllerStatus { try ControllerStatus(asking: rig.node) }

    /// Returns when the controller has taken up every object of the files, each is programmed or refused, those that
    /// the files do not have are gone, and every proxy enforces the last revision.
    func awaitSettled(within limit: Duration = .seconds(30)) throws {
        // Written last: once it is known, so is everything before it, also what has no status of its own.
        try rig.manifests.write(marker(), to: "marker.yaml")
        let written = try WrittenObject.all(in: rig.manifests).filter { !Self.withoutStatus.contains($0.kind) }
        let wanted = Set(written.map(\.key))
        var late: [String] = []
        try Waiting.until(
            "the manifests to be in effect", within: limit, pause: .milliseconds(20),
            explanation: { late.joined(separator: "\n") }
        ) { () -> Void? in
            let status = try status()
            let seen = Dictionary(uniqueKeysWithValues: status.objects.map { ("\($0.kind) \($0.place)", $0) })
            late = written.filter { !$0.isSettled(in: seen[$0.key]) }.map { object in
                "\(object.key) of generation \(object.generation): \(seen[object.key].map { "\($0.conditions)" } ?? "none")"
            }
            late += seen.values.filter { Self.policies.contains($0.kind) }
                .map { "\($0.kind) \($0.place)" }.filter { !wanted.contains($0) }.map { "\($0) is still there" }
            late += status.proxies.filter { !$0.connected || $0.acknowledged < status.revision }
                .map { "\($0.pod) at revision \($0.acknowledged) of \(status.revision)" }
            return late.isEmpty ? () : nil
        }
    }

    /// An object that changes nothing, each time another one.
    private func marker() -> String {
        markers += 1
        return AccessManifests.group("marker", "    - name: marker\n      pathRegex: /marker-\(markers)\n")
    }

    private static let withoutStatus: Set<String> = ["Namespace", "ServiceAccount", "Pod", "EndpointSlice"]

    /// The kinds that situations write.
    private static let policies: Set<String> = [
        "TrafficTarget", "HTTPRouteGroup", "TCPRoute", "TrafficSplit", "Egress", "IngressBackend",
        "UpstreamTrafficSetting", "Retry", "Telemetry", "ExtensionService",
    ]
}

/// An object of the manifests, as far as its status is waited for.
private struct WrittenObject {
    let kind: String
    let place: String
    let generation: Int

    var key: String { "\(kind) \(place)" }

    /// The objects of all files.
    static func all(in manifests: EditedManifests) throws -> [WrittenObject] {
        let files = try FileManager.default.contentsOfDirectory(atPath: manifests.path)
        return try files.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.flatMap { file in
            try manifests.text(of: file).components(separatedBy: "---\n").compactMap(WrittenObject.init)
        }
    }

    /// Reads the head of a document; `nil` for one without a generation.
    private init?(_ document: String) {
        let lines = document.split(separator: "\n")
        func value(_ prefix: String) -> String? {
            lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
        guard let kind = value("kind: "), let name = value("  name: "),
            let generation = value("  generation: ").flatMap({ Int($0) })
        else { return nil }
        self.kind = kind
        place = "\(value("  namespace: ") ?? "")/\(name)"
        self.generation = generation
    }

    /// Whether what the controller says of it is about this generation, and final.
    func isSettled(in object: ControllerStatus.Object?) -> Bool {
        guard let object, object.generation == generation else { return false }
        if object["Accepted"]?.isTrue == false { return true }
        guard let programmed = object["Programmed"] else { return true }
        return programmed.isTrue && programmed.observedGeneration == generation
    }
}
