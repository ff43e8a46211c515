import Foundation

extension ProofRun {
    func status() throws -> ControllerStatus { try ControllerStatus(asking: rig.node) }

    /// The generation that the manifests give an object now.
    func generation(of kind: String, _ name: String) throws -> Int {
        for file in policies.files {
            let documents = try rig.manifests.text(of: file.name).components(separatedBy: "\n---\n")
            for document in documents {
                let lines = document.split(separator: "\n")
                guard lines.contains("kind: \(kind)"), lines.contains("  name: \(name)") else { continue }
                let line = lines.first { $0.hasPrefix("  generation: ") }
                if let number = line.flatMap({ Int($0.split(separator: " ").last ?? "") }) { return number }
            }
        }
        throw RigError(.file, "the manifests have no \(kind) \(name)")
    }

    /// Returns when an object is in effect everywhere as the manifests have it now.
    ///
    /// - Parameter limit: how long it may take.
    @discardableResult
    func awaitProgrammed(
        _ kind: String, _ place: String, within limit: Duration = .seconds(30)
    ) throws -> ControllerStatus.Object {
        let name = place.split(separator: "/").last.map(String.init) ?? place
        let generation = try generation(of: kind, name)
        var last: ControllerStatus.Object?
        return try Waiting.until(
            "\(kind) \(place) of generation \(generation) to be programmed", within: limit, pause: .milliseconds(10),
            explanation: { last.map { "\($0.conditions)" } ?? "it is not there" }
        ) {
            last = try status().object(kind, place)
            guard let last, last.isInEffect(generation: generation) else { return nil }
            return last
        }
    }

    /// Returns when every object of the manifests is in effect everywhere, and every proxy has everything.
    func awaitAllReady() throws {
        var late = ""
        let objects = [
            ("MeshConfig", "osm-mesh-config"), ("TrafficSplit", "web"), ("TrafficSplit", "echo"),
            ("HTTPRouteGroup", "routes"),
            ("HTTPRouteGroup", "flip"), ("TCPRoute", "echo"), ("TCPRoute", "db"), ("TrafficTarget", "web"),
            ("TrafficTarget", "flip"), ("TrafficTarget", "echo"), ("TrafficTarget", "db"), ("Service", "web"),
            ("Service", "web-1"), ("Service", "web-2"), ("Service", "echo"), ("Service", "db"),
        ]
        let wanted = try objects.map { ($0.0, $0.1, try generation(of: $0.0, $0.1)) }
        try Waiting.until("everything to be in effect", explanation: { late }) { () -> Void? in
            let status = try status()
            let objects = wanted.filter { kind, name, generation in
                let place = kind == "MeshConfig" ? "osm-system/\(name)" : "shop/\(name)"
                return !(status.object(kind, place)?.isInEffect(generation: generation) ?? false)
            }
            let proxies = status.proxies.filter { !$0.connected || $0.acknowledged < status.revision }
            late = (objects.map { "\($0.0) \($0.1)" } + proxies.map(\.pod)).joined(separator: ", ")
            return late.isEmpty && status.proxies.count == rig.pods.count ? () : nil
        }
    }

    /// Returns when something was published after a revision, and every proxy enforces it.
    func awaitAcknowledged(since revision: Int) throws {
        var late: [String] = []
        try Waiting.until(
            "a revision after \(revision), everywhere", pause: .milliseconds(10),
            explanation: { late.joined(separator: ", ") }
        ) { () -> Void? in
            let status = try status()
            late = status.proxies.filter { $0.acknowledged < status.revision }.map { "\($0.pod) at \($0.acknowledged)" }
            return status.revision > revision && late.isEmpty ? () : nil
        }
    }
    /// Returns when no proxy has acknowledged anything for longer than removals are put off.
    func awaitQuiet() throws {
        rig.controller.log.refresh()
        var (count, since) = (rig.controller.log.count, ContinuousClock.now)
        try Waiting.until("nothing to be under way", within: .seconds(60)) { () -> Void? in
            rig.controller.log.refresh()
            if rig.controller.log.count != count { (count, since) = (rig.controller.log.count, .now) }
            return since.duration(to: .now) > .seconds(6) ? () : nil
        }
    }
}
