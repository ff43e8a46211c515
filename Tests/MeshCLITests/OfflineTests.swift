import ArgumentParser
import MeshModel
import Testing

@testable import MeshCLI

@Suite("Commands without a cluster")
struct OfflineTests {
    @Test("osm version --client-only needs no cluster")
    func version() async {
        let line = await Transcript.of(["version", "--client-only", "--kubeconfig", "/none"])
        #expect(line.status == 0)
        #expect(
            line.out
                == "CLI Version: version.Info{Version:\"development\", GitCommit:\"unknown\", BuildDate:\"unknown\"}\n")
        let json = await Transcript.of(["version", "--client-only", "-o", "json"])
        #expect(json.out.contains("\"git_commit\" : \"unknown\""))
    }

    @Test("osm env prints the configuration")
    func env() async {
        let line = await Transcript.of(["env", "--osm-namespace", "mesh-system"])
        #expect(line.out == "--- \ninstall:\n  kind: self-hosted\n  distribution: \"\"\n  namespace: mesh-system\n\n")
    }

    @Test("osm support error-info prints a table")
    func errorInfo() async {
        var line = await Transcript.of(["support", "error-info", "E1000"])
        #expect(
            line.out == """
                +------------+----------------------------------------------------------------+
                | ERROR CODE | DESCRIPTION                                                    |
                +------------+----------------------------------------------------------------+
                | E1000      | An invalid command line argument was passed to the application |
                +------------+----------------------------------------------------------------+

                """)
        line = await Transcript.of(["support", "error-info", "X1"])
        #expect(line.status == 1)
        #expect(
            line.error
                == "Error: error code 'X1' is not a valid error code format. Should be of the form Exxxx, ex. E1000.\n")
        line = await Transcript.of(["support", "error-info", "E9999"])
        #expect(line.error.hasPrefix("Error: error code 'E9999' is not a valid error code recognized by OSM\n"))
        line = await Transcript.of(["support", "error-info"])
        #expect(line.out.split(separator: "\n").count(where: { $0.hasPrefix("| E") }) == ErrorCodes.all.count + 1)
        #expect(ErrorInfoCommand.broken("aa bb cc dd", at: 5) == ["aa bb", "cc dd"])
    }

    @Test(
        "Times are written short", arguments: [(0, "0s"), (59, "59s"), (3600, "1h"), (3661, "1h1m"), (-90, "-1m30s")])
    func spans(seconds: Int64, text: String) { #expect(shortSpan(seconds: seconds) == text) }

    @Test("Times of options are read")
    func durations() {
        #expect(Duration(words: "60s") == .seconds(60))
        #expect(Duration(words: "1h30m") == .seconds(5400))
        #expect(Duration(words: "250ms") == .milliseconds(250))
        for text in ["", "5", "s", "0s", "-1s", "soon"] { #expect(Duration(words: text) == nil, "\(text)") }
    }

    @Test("Metrics are read with their labels")
    func metrics() {
        let samples = MetricSamples(
            """
            # HELP a Something.
            a 1
            b{kind="root",name="x \\"y\\" \\\\ {z}"} 2.5e3
            nonsense
            """)
        #expect(
            samples.samples == [
                .init(name: "a", labels: [:], value: 1),
                .init(name: "b", labels: ["kind": "root", "name": "x \"y\" \\ {z}"], value: 2500),
            ])
    }

    @Test("What an Envoy has is read from its dump, and compared")
    func dump() throws {
        let dump = try ConfigDump(
            json: """
                {"configs": [
                  {"@type": "b", "bootstrap": {}},
                  {"dynamic_active_clusters": [{"version_info": "1", "cluster": {"@type": "x", "name": "shop/web|80"}}],
                   "dynamic_warming_clusters": [{"cluster": {"name": "shop/late|80"}}]},
                  {"dynamic_listeners": [{"name": "inbound-listener", "active_state": {"version_info": "2", "listener": {}}},
                    {"name": "bad", "error_state": {"details": "no"}}]},
                  {"dynamic_route_configs": [{"version_info": "3", "route_config": {"name": "inbound/80"}}]},
                  {"dynamic_active_secrets": [{"name": "workload", "version_info": "4"}]},
                  {"dynamic_endpoint_configs": [{"endpoint_config": {"cluster_name": "shop/web|80"}}]},
                  {"ecds_filters": [{"version_info": "5", "ecds_filter": {"name": "authz/90"}}]}
                ]}
                """)
        #expect(
            dump.active.map { "\($0.type) \($0.name) \($0.version)" } == [
                "Cluster shop/web|80 1", "ClusterLoadAssignment shop/web|80 ", "Listener inbound-listener 2",
                "RouteConfiguration inbound/80 3", "Secret workload 4", "TypedExtensionConfig authz/90 5",
            ])
        #expect(dump.warming == ["shop/late|80"])
        #expect(dump.errors == ["bad": "no"])
        #expect(throws: CommandFailure.self) { try ConfigDump(json: "no") }
    }

    @Test(
        "Commands that need a value say so",
        arguments: [["proxy", "get"], ["policy", "check-pods", "a"], ["namespace", "add"]])
    func usage(arguments: [String]) async {
        #expect(await Transcript.of(arguments).status == 2)
    }

    @Test("An archive's ending says how it is packed")
    func packing() {
        #expect(Archive.Packing(path: "a.tar.gz") == .tar("--gzip"))
        #expect(Archive.Packing(path: "a.zip") == .zip)
        #expect(Archive.Packing(path: "a.rar") == nil)
    }

    @Test("The help of every command has an example")
    func examples() async {
        for path in Self.paths(OSMCommand.self) where !path.isEmpty {
            let line = await Transcript.of(path + ["--help"])
            #expect(line.status == 0, "\(path)")
            #expect(line.out.contains("EXAMPLES:"), "\(path)")
        }
    }

    /// The words of all commands that have no subcommands.
    private static func paths(_ command: any ParsableCommand.Type) -> [[String]] {
        let subcommands = command.configuration.subcommands
        guard !subcommands.isEmpty else { return [[]] }
        return subcommands.flatMap { sub in
            paths(sub).map { [sub.configuration.commandName ?? ""] + $0 }
        }
    }
}
