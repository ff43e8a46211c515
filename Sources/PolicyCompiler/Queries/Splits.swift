import Incremental
package import MeshModel
import MeshPolicy

/// The split that divides the requests to a service: of several the oldest.
package enum HoldingSplit: MeshQuery {
    package static func evaluate(_ apex: ObjectName, _ mesh: MeshReader) -> TrafficSplit? {
        mesh(\.splitsByApex, apex).compactMap(\.valid).min { $0.metadata.seniority < $1.metadata.seniority }
    }
}

/// The apexes whose holding split names a service as a backend: sorted, without duplicates.
enum ApexesOfBackend: MeshQuery {
    static func evaluate(_ backend: ObjectName, _ mesh: MeshReader) -> [ObjectName] {
        let splits = mesh(\.splitsByBackend, backend).compactMap(\.valid)
        let apexes = splits.compactMap { split -> ObjectName? in
            guard let apex = split.apex, mesh(HoldingSplit.self, apex)?.name == split.name else { return nil }
            return apex
        }
        return Set(apexes).sorted()
    }
}

/// The matches of a route group in the words of the mesh, in the order of the group; `nil` if there is no valid one.
enum GroupMatches: MeshQuery {
    struct Named: Equatable, Sendable {
        let name: String
        let match: HTTPMatch
    }

    static func evaluate(_ group: ObjectName, _ mesh: MeshReader) -> [Named]? {
        guard let group = mesh(\.routeGroupByName, group).first?.valid else { return nil }
        return group.matches.map { Named(name: $0.name, match: HTTPMatch($0)) }
    }
}
