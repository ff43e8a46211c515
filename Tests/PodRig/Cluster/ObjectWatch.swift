import Foundation

/// Every change of the mesh's objects, as the API server tells them.
final class ObjectWatch {
    /// A change of one object.
    struct Event: Decodable {
        /// `ADDED`, `MODIFIED` or `DELETED`.
        let type: String
        let object: ClusterObject.Stored

        var key: ClusterObject {
            ClusterObject(
                kind: object.kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name)
        }
    }

    private let cluster: Cluster
    private let logs: String
    private var programs: [RunningProgram] = []
    private var tails: [LogTail] = []
    /// All changes so far; those of one object are in their order.
    private(set) var events: [Event] = []

    init(_ cluster: Cluster, logs: String) {
        self.cluster = cluster
        self.logs = logs
    }

    /// Begins with all objects as they are.
    func start() throws {
        stop()
        for resource in ClusterObject.resources.values.sorted(by: { $0.plural < $1.plural }) {
            let path = "/apis/\(resource.group)/\(resource.version)/\(resource.plural)?watch=1&timeoutSeconds=7200"
            let name = "watch-\(resource.plural)"
            tails.append(LogTail(after: "\(logs)/\(name).out"))
            programs.append(
                try RunningProgram(
                    name: name, logs: logs, command: cluster.request(path, options: ["--no-buffer"])))
        }
    }

    /// Ends all watches, as an outage does too.
    func stop() {
        for program in programs { program.crash() }
        programs = []
        tails = []
    }

    /// Reads what is new.
    func refresh() throws {
        for index in tails.indices {
            for line in tails[index].newLines() where !line.isEmpty {
                events.append(try JSONDecoder().decode(Event.self, from: Data(line.utf8)))
            }
        }
    }

    /// The object as it was told last; `nil` if it is not there.
    func last(_ object: ClusterObject) throws -> ClusterObject.Stored? {
        try refresh()
        return events.last { $0.key == object }.flatMap { $0.type == "DELETED" ? nil : $0.object }
    }

    /// How often the status of each generation of an object was written, from an event on.
    ///
    /// The first change of a generation is that of whoever made the generation.
    func writes(from start: Int) -> [ClusterObject: [Int: Int]] {
        var writes: [ClusterObject: [Int: Int]] = [:]
        for event in events[start...] where event.type != "DELETED" {
            writes[event.key, default: [:]][event.object.generation, default: -1] += 1
        }
        // Of a generation from before there is no first change.
        for event in events[..<start] {
            guard let count = writes[event.key]?[event.object.generation] else { continue }
            writes[event.key]?[event.object.generation] = max(count, 0)
        }
        return writes
    }
}
