internal import MeshModel

/// What valid objects claim for themselves, of which the oldest holds it.
struct ObjectClaims {
    private enum Claim: Hashable {
        case ingressPort(ServiceTargetPort)
        case trafficSetting(ofService: ObjectName)
    }

    private var claims: [ObjectKey: Set<Claim>] = [:]
    private var claimants: [Claim: Set<ObjectName>] = [:]

    /// Takes up an object; `nil` for one that is gone or not valid.
    mutating func set<Object: MeshObject>(_ object: Object?, for name: ObjectName) {
        let key = ObjectKey(kind: Object.kind, name: name)
        let now = object.map { Self.claims(of: $0) } ?? []
        for claim in claims[key] ?? [] where !now.contains(claim) {
            claimants[claim]?.remove(name)
            if claimants[claim]?.isEmpty == true { claimants[claim] = nil }
        }
        for claim in now { claimants[claim, default: []].insert(name) }
        claims[key] = now.isEmpty ? nil : now
    }

    /// Others that claim the same, sorted.
    func rivals(of object: any MeshObject) -> [ObjectName] {
        Self.claims(of: object).reduce(into: Set<ObjectName>()) { names, claim in
            names.formUnion(claimants[claim] ?? [])
        }.subtracting([object.name]).sorted()
    }

    private static func claims(of object: any MeshObject) -> Set<Claim> {
        switch object {
        case let object as IngressBackend: Set(object.targets.map(Claim.ingressPort))
        case let object as UpstreamTrafficSetting:
            Set(object.service.map { [Claim.trafficSetting(ofService: $0)] } ?? [])
        default: []
        }
    }
}
