internal import MeshStatus

/// What differs between what a proxy should have and what its Envoy has.
struct ProxyDifference: Encodable, Equatable {
    /// A resource of which the versions differ.
    struct Outdated: Encodable, Equatable {
        let resource: String
        let wanted: String
        let present: String
    }

    /// Should be there and is not, as `Type name`: sorted.
    let missing: [String]
    /// Is there and should not be: sorted.
    let surplus: [String]
    /// Sorted by resource.
    let outdated: [Outdated]

    /// Whether nothing differs.
    var isEmpty: Bool { missing.isEmpty && surplus.isEmpty && outdated.isEmpty }

    init(wanted view: ProxyView, present dump: ConfigDump) {
        let wanted = Dictionary(view.resources.map { ("\($0.type) \($0.name)", $0.version) }) { $1 }
        let present = Dictionary(dump.active.map { ("\($0.type) \($0.name)", $0.version) }) { $1 }
        missing = wanted.keys.filter { present[$0] == nil }.sorted()
        // The proxy's own certificate is no part of the view, and what it asked for on demand is answered for it alone.
        surplus = present.keys.filter { wanted[$0] == nil && $0 != "Secret workload" }.sorted()
        outdated = wanted.keys.sorted().compactMap { resource in
            guard let want = wanted[resource], let have = present[resource], !have.isEmpty, have != want else {
                return nil
            }
            return Outdated(resource: resource, wanted: want, present: have)
        }
    }

    /// One line for each difference.
    var lines: [String] {
        missing.map { "- \($0): missing" } + surplus.map { "+ \($0): should not be there" }
            + outdated.map { "~ \($0.resource): has \($0.present), should have \($0.wanted)" }
    }
}
