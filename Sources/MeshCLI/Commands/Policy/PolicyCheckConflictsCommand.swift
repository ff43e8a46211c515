internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm policy check-conflicts`.
struct PolicyCheckConflictsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-conflicts", abstract: "Tell whether objects of one kind claim the same thing.",
        discussion: """
            Of several IngressBackends that name one port of a service the oldest holds. The exit status is 1 if there \
            are conflicts. `osm analyze` finds those of all kinds.

            EXAMPLES:
              osm policy check-conflicts IngressBackend -n bookstore
            """)

    /// A conflict, for programs.
    struct Row: Encodable {
        let first: String
        let second: String
        /// `service:port`, sorted.
        let ports: [String]

        init(_ conflict: IngressBackendConflict) {
            (first, second, ports) = ("\(conflict.first)", "\(conflict.second)", conflict.ports)
        }
    }

    @Argument(help: "The kind: IngressBackend.")
    var resourceKind: String

    @Option(name: [.customShort("n"), .long], help: "The namespace.")
    var namespaces: [String] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard resourceKind.lowercased() == "ingressbackend" else {
            throw ValidationError("Invalid resource kind \(resourceKind): write IngressBackend")
        }
        let count = namespaces.separatedByCommas.count
        guard count == 1 else {
            throw ValidationError(
                "Requires single namespace specified by '-n|--namespaces' to check for conflicts, got \(count)")
        }
    }

    func run() async throws {
        let namespace = namespaces.separatedByCommas.joined()
        let conflicts = try await global.withCluster("checking IngressBackends in namespace \(namespace)") { cluster in
            let backends = try await cluster.client.list(
                APIResource(.ingressBackend), namespace: namespace, as: IngressBackend.self)
            return IngressBackendConflict.all(among: backends)
        }
        try global.console.print(conflicts.map(Row.init), as: output.output) { _ in
            for conflict in conflicts { global.console.out("\(conflict)") }
            guard conflicts.isEmpty else { return }
            global.console.out("No conflicts among IngressBackend resources in namespace \(namespace)")
        }
        guard conflicts.isEmpty else { throw ExitCode.failure }
    }
}

/// Two IngressBackends that name the same ports of services.
struct IngressBackendConflict: Equatable, CustomStringConvertible {
    let first: ObjectName
    let second: ObjectName
    /// `service:port`, sorted.
    let ports: [String]

    /// The conflicts among objects, each pair once, sorted by name.
    static func all(among backends: [IngressBackend]) -> [IngressBackendConflict] {
        func ports(_ object: IngressBackend) -> Set<String> {
            Set(object.backends.map { "\($0.service):\($0.port)" })
        }
        let sorted = backends.sorted { $0.metadata.name < $1.metadata.name }
        return sorted.indices.flatMap { index in
            sorted[(index + 1)...].compactMap { other in
                let common = ports(sorted[index]).intersection(ports(other)).sorted()
                guard !common.isEmpty else { return nil }
                return IngressBackendConflict(
                    first: sorted[index].metadata.objectName, second: other.metadata.objectName, ports: common)
            }
        }
    }

    /// The original's words, and an empty line.
    var description: String {
        let head = "[+] IngressBackend \(first) conflicts with \(second):"
        let lines = ports.map { port in
            "Backend \(port.split(separator: ":").first ?? "") specified in \(first.name) and \(second.name) conflicts "
                + "(port \(port.split(separator: ":").last ?? ""))"
        }
        return ([head] + lines + [""]).joined(separator: "\n")
    }
}
