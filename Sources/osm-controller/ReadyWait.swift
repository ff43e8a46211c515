import ArgumentParser
import MeshModel
import MeshStatus

/// Waits until an object is ready.
struct ReadyWait {
    private let kind: String
    private let name: ObjectName
    private let generation: Int64?
    private let timeout: Duration

    /// How often the status is asked for.
    private static let interval = Duration.milliseconds(100)

    /// A wait, as the command line says it.
    init(object: String, generation: Int64?, timeout: String) throws {
        let parts = object.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts.contains("") else {
            throw ValidationError("`\(object)` is no object: write KIND/NAMESPACE/NAME, as TrafficSplit/shop/canary")
        }
        guard let limit = GoDuration(timeout)?.duration, limit >= .zero else {
            throw ValidationError("`\(timeout)` is no time: write it as 30s, 1m30s or 500ms")
        }
        kind = parts[0]
        name = ObjectName(namespace: parts[1], name: parts[2])
        self.generation = generation
        self.timeout = limit
    }

    /// Asks until the object is ready or the time is over.
    ///
    /// - Returns: Whether it is ready, and what to say about it.
    func outcome(_ report: () async throws -> StatusReport) async throws -> (isReady: Bool, text: String) {
        let end = ContinuousClock.now + timeout
        while true {
            let (isReady, text) = await state(report)
            if isReady { return (true, text) }
            guard .now < end else { return (false, "\(text), after \(timeout)") }
            try await Task.sleep(for: Self.interval)
        }
    }

    private func state(_ report: () async throws -> StatusReport) async -> (isReady: Bool, text: String) {
        let title = "\(kind) \(name)"
        let objects: [ObjectStatus]
        do { objects = try await report().objects } catch { return (false, "\(title): \(error)") }
        let found = objects.first {
            $0.kind.lowercased() == kind.lowercased() && $0.namespace == name.namespace && $0.name == name.name
        }
        guard let object = found, let ready = object[.ready] else {
            return (false, "\(title): the controller knows no such object")
        }
        if let generation, object.generation < generation {
            return (false, "\(title): generation \(generation) is not in the mesh yet, but \(object.generation)")
        }
        guard ready.status == .yes else {
            return (false, "\(title) is not ready: \(ready.reason.rawValue): \(ready.message)")
        }
        return (true, "\(title) is ready: \(ready.message)")
    }
}
