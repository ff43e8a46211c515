import MeshModel
import MeshPolicy
import XDSCache

extension MeshDifference: Encodable {
    private enum Key: String, CodingKey { case objects, flows, egress, ingress, diagnoses, proxies }

    private struct Object: Encodable {
        let object: String
        let change: String
    }

    private struct Flow: Encodable {
        let client: String
        let service: String
        let port: UInt16
        let change: String
        let gained: [String]
        let lost: [String]
        let divisionBefore: [String]?
        let divisionAfter: [String]?

        init(_ change: FlowChange) {
            client = change.client.description
            service = change.port.service.description
            port = change.port.port
            self.change = change.kind.rawValue
            gained = change.gained.map(\.words)
            lost = change.lost.map(\.words)
            divisionBefore = change.before?.division.map(\.words)
            divisionAfter = change.after?.division.map(\.words)
        }
    }

    private struct Outside: Encodable {
        let subject: String
        let gained: [String]
        let lost: [String]
    }

    private struct Told: Encodable {
        let object: String
        let new: [String]
        let gone: [String]
    }

    private struct Proxies: Encodable {
        let pods: [String]
        let added: [String]
        let changed: [String]
        let removed: [String]
    }

    /// Writes the difference for programs: objects as `Kind namespace/name`, resources as `Type name`.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(
            objects.map { Object(object: $0.object.description, change: $0.fate.rawValue) }, forKey: .objects)
        try fields.encode(flows.map(Flow.init), forKey: .flows)
        func outside(_ changes: [OutsideChange]) -> [Outside] {
            changes.map { Outside(subject: $0.subject, gained: $0.gained, lost: $0.lost) }
        }
        try fields.encode(outside(egress), forKey: .egress)
        try fields.encode(outside(ingress), forKey: .ingress)
        try fields.encode(
            diagnoses.map {
                Told(
                    object: $0.object.description, new: $0.new.map(\.description), gone: $0.gone.map(\.description))
            }, forKey: .diagnoses)
        try fields.encode(
            resources.map {
                Proxies(
                    pods: $0.pods.map(\.description), added: $0.added.map(\.description),
                    changed: $0.changed.map(\.description), removed: $0.removed.map(\.description))
            }, forKey: .proxies)
    }
}
