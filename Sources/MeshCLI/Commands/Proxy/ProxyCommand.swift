internal import ArgumentParser

/// The commands `osm proxy ...`.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Ask and set the sidecars of pods.",
        discussion: """
            Sidecars are reached through the API server, which takes the permission to create pods/portforward.

            EXAMPLES:
              osm proxy status
              osm proxy get config_dump bookbuyer-5ccf77f46d-rc5mg -n bookbuyer
            """,
        subcommands: [ProxyGetCommand.self, ProxySetCommand.self, ProxyStatusCommand.self])

    @OptionGroup var global: GlobalOptions
}

/// The command `osm proxy get`.
struct ProxyGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Print what a sidecar's administration interface answers.",
        discussion: """
            The query is passed on as it is; Envoy's documentation of its administration interface lists what there is.

            EXAMPLES:
              osm proxy get config_dump bookbuyer-5ccf77f46d-rc5mg -n bookbuyer
              osm proxy get clusters bookbuyer-5ccf77f46d-rc5mg -n bookbuyer -f clusters.txt
              osm proxy get 'stats?filter=rbac' bookstore-v1-8f -n bookstore
            """)

    @OptionGroup var request: ProxyRequest
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await request.run(isPost: false, global) }
}

/// The command `osm proxy set`.
struct ProxySetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change something by a sidecar's administration interface.",
        discussion: """
            EXAMPLES:
              osm proxy set 'logging?level=debug' bookbuyer-5ccf77f46d-rc5mg -n bookbuyer
              osm proxy set reset_counters bookstore-v1-8f -n bookstore
            """)

    @OptionGroup var request: ProxyRequest
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await request.run(isPost: true, global) }
}
