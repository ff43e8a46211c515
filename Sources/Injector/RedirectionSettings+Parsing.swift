public import MeshModel

/// The redirection lists of a mesh, as MeshConfig's `spec.traffic` has them.
public struct MeshRedirectionLists: Hashable, Sendable {
    /// `outboundPortExclusionList`.
    public var outboundPorts: [Int]
    /// `inboundPortExclusionList`.
    public var inboundPorts: [Int]
    /// `outboundIPRangeExclusionList`.
    public var excludedRanges: [String]
    /// `outboundIPRangeInclusionList`.
    public var includedRanges: [String]
    /// `networkInterfaceExclusionList`.
    public var interfaces: [String]

    /// Lists with the given entries, as written.
    public init(
        outboundPorts: [Int] = [], inboundPorts: [Int] = [], excludedRanges: [String] = [],
        includedRanges: [String] = [], interfaces: [String] = []
    ) {
        self.outboundPorts = outboundPorts
        self.inboundPorts = inboundPorts
        self.excludedRanges = excludedRanges
        self.includedRanges = includedRanges
        self.interfaces = interfaces
    }
}

/// The annotations of a pod that say what of its traffic goes through the sidecar, with the original's names.
///
/// Each is a list divided by commas; blanks around an entry mean nothing. An empty list is a mistake.
public enum RedirectionAnnotations {
    /// Ports of other hosts that are called directly.
    public static let excludedOutboundPorts = "openservicemesh.io/outbound-port-exclusion-list"
    /// Ports of the pod that are reached directly.
    public static let excludedInboundPorts = "openservicemesh.io/inbound-port-exclusion-list"
    /// Addresses that are called directly.
    public static let excludedOutboundRanges = "openservicemesh.io/outbound-ip-range-exclusion-list"
    /// The only addresses whose connections are redirected.
    public static let includedOutboundRanges = "openservicemesh.io/outbound-ip-range-inclusion-list"
}

extension RedirectionSettings {
    /// Reads the lists of the mesh and the annotations of a pod together.
    ///
    /// Each list has no duplicates; ports of the mesh stand before the pod's, ranges of the pod before the mesh's,
    /// as in the original. Every entry that cannot be read is left out and is a problem, with the path of the
    /// annotation (`metadata.annotations[...]`) or of the field of MeshConfig (`spec.traffic....[i]`). A pod with
    /// problems shall be refused: a port that its author meant to exclude would be redirected.
    ///
    /// - Returns: the settings, and the problems in the order of the mesh's fields, then of the annotations.
    public static func reading(
        mesh: MeshRedirectionLists, podAnnotations: [String: String], reachesApplicationAtPodIP: Bool = false
    ) -> (settings: RedirectionSettings, problems: [Problem]) {
        var problems: [Problem] = []

        func read<Input, Entry>(
            _ list: [Input], _ field: String, _ expectation: String, _ parse: (Input) -> Entry?
        ) -> [Entry] {
            list.enumerated().compactMap { index, text in
                if let entry = parse(text) { return entry }
                problems.append(
                    Problem(path: "spec.traffic.\(field)[\(index)]", message: "`\(text)` is not \(expectation)"))
                return nil
            }
        }
        func read<Entry>(_ annotation: String, _ expectation: String, _ parse: (String) -> Entry?) -> [Entry] {
            guard let text = podAnnotations[annotation] else { return [] }
            let path = "metadata.annotations[\(annotation)]"
            let entries = text.split(separator: ",", omittingEmptySubsequences: false).map(withoutBlanks)
            guard entries != [""] else {
                problems.append(Problem(path: path, message: "is empty: remove the annotation, or list \(expectation)"))
                return []
            }
            return entries.compactMap { entry in
                if let parsed = parse(entry) { return parsed }
                problems.append(Problem(path: path, message: "`\(entry)` is not \(expectation)"))
                return nil
            }
        }

        let port = "a port from 1 to 65535"
        let range = "an address range such as 10.0.0.0/8"
        let meshOutbound = read(mesh.outboundPorts, "outboundPortExclusionList", port, portNumber)
        let meshInbound = read(mesh.inboundPorts, "inboundPortExclusionList", port, portNumber)
        let meshExcluded = read(mesh.excludedRanges, "outboundIPRangeExclusionList", range) { IPRange($0) }
        let meshIncluded = read(mesh.includedRanges, "outboundIPRangeInclusionList", range) { IPRange($0) }
        let interfaces = read(
            mesh.interfaces, "networkInterfaceExclusionList", "the name of a network interface such as eth1"
        ) { NetworkInterface($0) }

        let parsePort = { (text: String) in decimal(text).flatMap(portNumber) }
        let podOutbound = read(RedirectionAnnotations.excludedOutboundPorts, port, parsePort)
        let podInbound = read(RedirectionAnnotations.excludedInboundPorts, port, parsePort)
        let podExcluded = read(RedirectionAnnotations.excludedOutboundRanges, range) { IPRange($0) }
        let podIncluded = read(RedirectionAnnotations.includedOutboundRanges, range) { IPRange($0) }

        let settings = RedirectionSettings(
            excludedOutboundPorts: withoutDuplicates(meshOutbound + podOutbound),
            excludedInboundPorts: withoutDuplicates(meshInbound + podInbound),
            excludedOutboundRanges: withoutDuplicates(podExcluded + meshExcluded),
            includedOutboundRanges: withoutDuplicates(podIncluded + meshIncluded),
            excludedInterfaces: withoutDuplicates(interfaces),
            reachesApplicationAtPodIP: reachesApplicationAtPodIP)
        return (settings, problems)
    }
}

private func portNumber(_ number: Int) -> UInt16? { number == 0 ? nil : UInt16(exactly: number) }

/// The number that a text of digits spells; `Int` alone would also take a sign.
private func decimal(_ text: String) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
}

private func withoutBlanks(_ text: Substring) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
}

private func withoutDuplicates<Element: Hashable>(_ list: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return list.filter { seen.insert($0).inserted }
}
