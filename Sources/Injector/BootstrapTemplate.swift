internal import EnvoyAPI
internal import MeshModel

/// The bootstrap of all sidecars of a mesh but for their probes, so that a pod costs only what is its own.
struct BootstrapTemplate {
    /// The text before, between and after the places of a pod's own listeners and clusters, as part of a JSON string.
    private let parts: [[UInt8]]
    private let areListenersFirst: Bool
    private let families: Set<IPAddress.Family>
    private let probes: [Probe.Kind: ProbeTemplate]

    /// What stands for a pod's own in the text that is cut.
    private static let mark = "probes"

    /// - Throws: `InjectorError` with the code `encoding`.
    init(_ settings: BootstrapSettings) throws {
        families = settings.families
        var listener = Envoy_Config_Listener_V3_Listener()
        listener.name = Self.mark
        var cluster = Envoy_Config_Cluster_V3_Cluster()
        cluster.name = Self.mark
        let bootstrap = try Bootstrap(settings: settings, listeners: [listener], clusters: [cluster]).json
        let marks = [",\(try listener.json(of: Self.mark))", ",\(try cluster.json(of: Self.mark))"]
        // Both have a name and nothing else: they are the same text, at two places.
        let pieces = bootstrap.split(separator: marks[0], omittingEmptySubsequences: false)
        guard marks[0] == marks[1], pieces.count == 3 else {
            throw InjectorError(
                code: .encoding, message: "the bootstrap has no places for probes: report this with the settings used",
                cause: nil)
        }
        areListenersFirst = pieces[0].contains("\"listeners\"")
        probes = try Dictionary(
            uniqueKeysWithValues: Probe.Kind.allCases.map { ($0, try ProbeTemplate($0, families: settings.families)) })
        parts = pieces.map { JSONValue.escaped(String($0)) }
    }

    /// The bootstrap with the listeners and clusters of a pod's probes, as a JSON string.
    ///
    /// - Throws: `InjectorError` with the code `encoding`.
    func text(_ probes: [ProbedRequest]) throws -> JSONValue {
        let (listeners, clusters) = try texts(probes)
        let inserts = areListenersFirst ? [listeners, clusters] : [clusters, listeners]
        var bytes: [UInt8] = []
        bytes.reserveCapacity((parts + inserts).reduce(16) { $0 + $1.count })
        bytes.append(UInt8(ascii: "\""))
        for (index, part) in parts.enumerated() {
            bytes += part
            if index < inserts.count { bytes += inserts[index] }
        }
        bytes.append(UInt8(ascii: "\""))
        return .encoded(bytes)
    }

    /// The listeners and the clusters of probes, each after a comma, as parts of a JSON string.
    private func texts(_ requests: [ProbedRequest]) throws -> (listeners: [UInt8], clusters: [UInt8]) {
        guard !requests.isEmpty else { return ([], []) }
        var (listeners, clusters): ([UInt8], [UInt8]) = ([], [])
        if Set(requests.map(\.kind)).count == requests.count, requests.allSatisfy(ProbeTemplate.fits) {
            for kind in Probe.Kind.allCases {
                guard let request = requests.first(where: { $0.kind == kind }) else { continue }
                probes[kind]?.writeListener(request, to: &listeners)
                probes[kind]?.writeCluster(request, to: &clusters)
            }
        } else {
            for listener in try Bootstrap.probeListeners(requests, families: families) {
                listeners += JSONValue.escaped(",\(try listener.json(of: listener.name))")
            }
            for cluster in try Bootstrap.probeClusters(requests) {
                clusters += JSONValue.escaped(",\(try cluster.json(of: cluster.name))")
            }
        }
        return (listeners, clusters)
    }
}
