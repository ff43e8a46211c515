import Foundation

/// An edit of the manifests, and what the controller's log tells of it.
struct Edit {
    /// What became of an edit of routes.
    struct Outcome {
        let batch: ControllerLog.Batch
        let saved: Date
        /// The clients' acknowledgements of the new routes.
        let acknowledgements: [ControllerLog.Acknowledgement]

        var lastTime: Date { acknowledgements.map(\.time).max() ?? saved }

        /// What is printed below the table.
        var lines: [String] {
            let milliseconds = Int((lastTime.timeIntervalSince(saved) * 1000).rounded())
            return [
                "saving the file -> last acknowledgement: \(milliseconds) ms; resources recompiled: "
                    + "\(batch.translated); values evaluated: \(batch.evaluations)"
            ] + acknowledgements.map { "bytes sent to \($0.proxy): \($0.bytes)" }
        }
    }

    private let demo: Demo
    private let saved: Date
    private let start: Int

    /// Makes the edit.
    init(in demo: Demo, _ edit: (EditedManifests) throws -> Date) throws {
        self.demo = demo
        demo.rig.controller.log.refresh()
        start = demo.rig.controller.log.count
        saved = try edit(demo.rig.manifests)
    }

    /// The acknowledgements of all types that came since, up to now.
    var acknowledgements: [ControllerLog.Acknowledgement] { demo.rig.controller.log.acknowledgements(from: start) }

    /// Returns when each of the pods has acknowledged new routes.
    func awaitRoutes(at pods: [String]) throws -> Outcome {
        let names = Set(try pods.map { "\(try demo.rig.pod($0).specification.name)" })
        return try demo.wait(for: "the acknowledgements of \(pods.joined(separator: ", "))") {
            guard let batch = demo.rig.controller.log.batches(from: start).first else { return nil }
            let routes = acknowledgements.filter {
                $0.type.contains("RouteConfiguration") && $0.revision >= batch.revision && names.contains($0.proxy)
            }
            guard Set(routes.map(\.proxy)) == names else { return nil }
            return Outcome(batch: batch, saved: saved, acknowledgements: routes)
        }
    }
}
