internal import ArgumentParser
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler
internal import XDSCache

/// The command `osm compile`.
struct CompileCommand: AsyncParsableCommand {
    /// How resources are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, table }

    static let configuration = CommandConfiguration(
        commandName: "compile", abstract: "Print the exact Envoy resources that a proxy gets.",
        discussion: """
            The resources are those that the controller would send, in the order in which Envoy wants them made; equal \
            objects give equal bytes, so that outputs can be compared. Not among them is the workload's certificate, \
            and the secret `roots` holds no certificate, since those are of the running control plane. The addresses \
            that manifests lack follow from names, so that an edit does not change those of others.

            EXAMPLES:
              osm compile -f manifests --proxy web/front
              osm compile --proxy bookbuyer/bookbuyer-7d4b9 --output table
              osm compile -f manifests --proxy web/front --lazy-above never
            """)

    @Option(help: ArgumentHelp("The proxy: of a pod, or of a pod of a ServiceAccount.", valueName: "namespace/name"))
    var proxy: NamespacedName

    @Option(name: [.short, .long], help: "How resources are printed: json or table.")
    var output = Format.json

    @Option(
        help: """
            As the option of osm-controller: of more service ports than this that every client may call the proxy has \
            only those that it has called. A number, or never. (default: what the cluster's control plane was told, \
            else \(MeshSettings.initialLazyThreshold))
            """)
    var lazyAbove: LazyThreshold?

    @OptionGroup var source: MeshSourceOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard proxy.port == nil else { throw ValidationError("--proxy takes no port: write namespace/name") }
    }

    func run() async throws {
        let console = global.console
        let mesh = try await source.load("compiling what \(proxy.name) gets", global, lazyAbove: lazyAbove)
        mesh.tellAssumptions(console)
        let pods = mesh.compiled.proxies[proxy.identity] ?? []
        guard let pod = ([proxy.name] + pods).first(where: { mesh.compiled.view(of: $0) != nil }),
            let resources = mesh.compiled.resources(of: pod)
        else {
            throw CommandFailure(
                "compiling what \(proxy.name) gets",
                because: "no pod with a sidecar is called that, or runs as that ServiceAccount",
                advice: "name a pod or a ServiceAccount of a namespace in the mesh; there are "
                    + Self.examples(mesh.compiled.proxies.keys.sorted().map(\.description)))
        }
        if resources.isLazy {
            console.error(
                "note: every client may call more than \(mesh.compiled.settings.lazyThreshold ?? 0) service ports: of "
                    + "them only those are here that policies name, and none that the pod has called; "
                    + "--lazy-above never shows all")
        }
        switch output {
        case .json: console.write(try resources.json())
        case .table:
            var table = TextTable("TYPE", "NAME", "VERSION", "BYTES")
            for resource in resources.resources {
                table.append(
                    resource.key.name.type.description, resource.key.name.name, resource.version,
                    "\(resource.body.count)")
            }
            console.write(table.description)
        }
    }

    private static func examples(_ names: [String]) -> String {
        guard !names.isEmpty else { return "none" }
        return names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
    }
}
