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
        // Of extensions Envoy asks for those alone that its listeners name; the view has those of all proxies.
        let idle = Set(view.resources.filter { $0.type == Self.extensionType }.map(\.name))
            .subtracting(dump.askedExtensions)
        missing = wanted.keys.filter { present[$0] == nil }.sorted()
            .filter { resource in !idle.contains { "\(Self.extensionType) \($0)" == resource } }
        surplus = present.keys.filter { wanted[$0] == nil && !Self.isOutsideOfViews($0) }.sorted()
        outdated = wanted.keys.sorted().compactMap { resource in
            guard let want = wanted[resource], let have = present[resource], !have.isEmpty, have != want else {
                return nil
            }
            return Outdated(resource: resource, wanted: want, present: have)
        }
    }

    private static let extensionType = "TypedExtensionConfig"

    /// Whether a resource is no part of any view: the proxy's own certificate, what its bootstrap reads from files, and
    /// the clusters that are made for its stream when it asks on demand.
    private static func isOutsideOfViews(_ resource: String) -> Bool {
        let own: Set = ["Secret workload", "Secret cp-roots", "Secret xds-token"]
        return own.contains(resource) || resource.hasPrefix("Cluster on-demand/")
    }

    /// One line for each difference.
    var lines: [String] {
        missing.map { "- \($0): missing" } + surplus.map { "+ \($0): should not be there" }
            + outdated.map { "~ \($0.resource): has \($0.present), should have \($0.wanted)" }
    }
}
