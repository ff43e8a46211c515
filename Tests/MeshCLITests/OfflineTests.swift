import ArgumentParser
import Foundation
import MeshModel
import MeshStatus
import Testing

@testable import MeshCLI

@Suite("Commands without a cluster")
struct OfflineTests {
    @Test("osm version --client-only needs no cluster")
    func version() async {
        let line = await Transcript.of(["version", "--client-only", "--kubeconfig", "/none"])
        #expect(line.status == 0)
        let (version, commit, date) = (BuildInfo.version, BuildInfo.gitCommit, BuildInfo.buildDate)
        #expect(
            line.out
                == "CLI Version: version.Info{Version:\"\(version)\", GitCommit:\"\(commit)\", BuildDate:\"\(date)\"}\n"
        )
        let json = await Transcript.of(["version", "--client-only", "-o", "json"])
        #expect(
            json.out == """
                {
                  "client" : {
                    "build_date" : "\(date)",
                    "git_commit" : "\(commit)",
                    "version" : "\(version)"
                  },
                  "meshes" : [

                  ]
                }

                """)
    }

    @Test("osm env prints the configuration")
    func env() async {
        let line = await Transcript.of(["env", "--osm-namespace", "mesh-system"])
        #expect(line.out == "--- \ninstall:\n  kind: self-hosted\n  distribution: \"\"\n  namespace: mesh-system\n\n")
        let yaml = await Transcript.of(["env", "--osm-namespace", "mesh-system", "-o", "yaml"])
        #expect(yaml.out == "install:\n  distribution: ''\n  kind: self-hosted\n  namespace: mesh-system\n")
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
        line = await Transcript.of(["support", "error-info", "E1000", "-o", "yaml"])
        #expect(
            line.out == "- code: E1000\n  meaning: An invalid command line argument was passed to the application\n")
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
        #expect(WaitTime(argument: "60s")?.duration == .seconds(60))
        #expect(WaitTime(argument: "1h30m")?.duration == .seconds(5400))
        #expect(WaitTime(argument: "250ms")?.duration == .milliseconds(250))
        for text in ["", "5", "s", "-1s", "soon"] { #expect(WaitTime(argument: text) == nil, "\(text)") }
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
                  {"dynamic_active_clusters": [{"version_info": "1", "cluster": {"@type": "x", "name": "shop/web|80",
                    "type": "EDS"}}, {"cluster": {"name": "80|local", "type": "STATIC"}}],
                   "dynamic_warming_clusters": [{"cluster": {"name": "shop/late|80"}}]},
                  {"dynamic_listeners": [{"name": "inbound-listener", "active_state": {"version_info": "2", "listener":
                    {"filter_chains": [{"filters": [{"typed_config": {"http_filters": [
                      {"name": "authz/90", "config_discovery": {}}, {"name": "router"}]}}]}]}}},
                    {"name": "bad", "error_state": {"details": "no"}}]},
                  {"dynamic_route_configs": [{"version_info": "3", "route_config": {"name": "inbound/80"}}]},
                  {"dynamic_active_secrets": [{"name": "workload", "version_info": "4"}]},
                  {"dynamic_endpoint_configs": [{"endpoint_config": {"cluster_name": "shop/web|80"}},
                    {"endpoint_config": {"cluster_name": "80|local"}}]},
                  {"ecds_filters": [{"version_info": "5", "ecds_filter": {"name": "authz/90"}}]}
                ]}
                """)
        #expect(
            dump.active.map { "\($0.type) \($0.name) \($0.version)" } == [
                "Cluster 80|local ", "Cluster shop/web|80 1", "ClusterLoadAssignment shop/web|80 ",
                "Listener inbound-listener 2",
                "RouteConfiguration inbound/80 3", "Secret workload 4", "TypedExtensionConfig authz/90 5",
            ])
        #expect(dump.warming == ["shop/late|80"])
        #expect(dump.errors == ["bad": "no"])
        #expect(dump.askedExtensions == ["authz/90"])
        #expect(throws: CommandFailure.self) { try ConfigDump(json: "no") }
    }

    @Test("A wrong command line ends with 2, and says on standard error what is wrong", arguments: wrongLines)
    func usage(line: String, words: String) async {
        let transcript = await Transcript.of(line.split(separator: " ").map(String.init))
        #expect(transcript.status == 2)
        #expect(transcript.out == "")
        #expect(transcript.error.hasPrefix("Error: "))
        #expect(transcript.error.contains(words), "\(transcript.error)")
        #expect(transcript.error.contains("Usage: osm"))
    }

    private static let wrongLines = [
        ("namespace add", "<namespace>"), ("namespace remove", "<namespace>"), ("namespace ignore", "<namespace>"),
        ("namespace list a b", "'b'"), ("mesh list --output tabular", "tabular"), ("mesh list -p 70000", "70000"),
        ("mesh list -p -1", "-p <local-port>"), ("metrics enable", "required flag --namespace not set"),
        ("metrics disable --namespace ,", "required flag --namespace not set"),
        ("policy check-pods a", "<destination-pod>"), ("policy check-conflicts", "<resource-kind>"),
        ("policy check-conflicts Retry -n a", "Invalid resource kind Retry"),
        ("policy check-conflicts IngressBackend -n a,b", "got 2"), ("proxy get", "<query>"), ("proxy set x", "<pod>"),
        ("proxy get x y -p seven", "seven"), ("proxy status a b", "'b'"), ("dashboard -p 65536", "65536"),
        ("dashboard -b perhaps", "perhaps"), ("env now", "'now'"), ("version --client", "--client"),
        ("verify connectivity", "--from-pod"), ("verify connectivity --from-pod a/b", "--to-pod|--to-ext-port"),
        ("verify connectivity --from-pod a --to-pod b/c", "<namespace>/<name>"),
        ("verify connectivity --from-pod a/b --to-pod b/c --app-protocol udp", "--app-protocol"),
        ("verify ingress --from-service a/b --to-pod c/d --to-service s --ingress-backend i", "--to-port"),
        ("verify control-plane-health now", "'now'"), ("support error-info a b", "'b'"),
        ("support bug-report -o report.rar", "report.rar"),
        ("support bug-report -o report.tar.sz", "archives of Snappy (.tar.sz, .tsz) are not made: choose .tar.lz4"),
        ("support bug-report -oreport.tsz", "are not made"), ("support bug-report --app-pods web", "NAMESPACE/NAME"),
        ("support bug-report --app-namespaces ../../etc", "../../etc"),
        ("alpha certificate rotate -w soon", "soon"), ("alpha certificate rotate -f a -c b", "exclude each other"),
        ("alpha certificate rotate -c a -t b", "--trust-domain"), ("status --request-timeout 0s", "--request-timeout"),
        ("status --request-timeout 99h", "--request-timeout"), ("completion tcsh", "tcsh"),
    ]

    @Test("Switches may have a value, as in the original")
    func switches() {
        let words = [
            "uninstall", "mesh", "--force=true", "--delete-namespace=False", "-a", "--mesh-name=all", "--all=no",
        ]
        #expect(
            Switches.plain(words) == ["uninstall", "mesh", "--force", "-a", "--mesh-name=all", "--all=no"])
        #expect(Switches.plain(["x", "--", "--force=true"]) == ["x", "--", "--force=true"])
    }

    @Test("The dashboard opens a browser unless it is told not to")
    func browser() throws {
        func opens(_ words: String...) throws -> Bool? {
            try #require(try OSMCommand.parseAsRoot(["dashboard"] + words) as? DashboardCommand).openBrowser
        }
        #expect(try opens() == nil)
        #expect(try opens("-b=false") == false)
        #expect(try opens("--open-browser=false") == false)
        #expect(try opens("--open-browser", "false") == false)
        #expect(try opens("--open-browser", "-p", "1") == true)
    }

    @Test("What a proxy has is compared with what it should have, but for what no view holds")
    func difference() throws {
        let dump = try ConfigDump(
            json: """
                {"configs": [
                  {"dynamic_active_clusters": [{"version_info": "1", "cluster": {"name": "a"}},
                    {"version_info": "1", "cluster": {"name": "b"}}, {"cluster": {"name": "on-demand/10.0.0.1:80"}}]},
                  {"dynamic_active_secrets": [{"name": "workload"}, {"name": "cp-roots"}, {"name": "xds-token"},
                    {"name": "old"}]},
                  {"dynamic_listeners": [{"name": "l", "active_state": {"version_info": "1", "listener":
                    {"name": "asked", "config_discovery": {}}}}]}
                ]}
                """)
        let view = """
            {"pod": "shop/web", "uid": "", "revision": 1, "resources": [
              {"type": "Cluster", "name": "a", "version": "1"}, {"type": "Cluster", "name": "b", "version": "2"},
              {"type": "Listener", "name": "l", "version": "1"}, {"type": "RouteConfiguration", "name": "r", "version": "1"},
              {"type": "TypedExtensionConfig", "name": "asked", "version": "1"},
              {"type": "TypedExtensionConfig", "name": "idle", "version": "1"}]}
            """
        let difference = ProxyDifference(
            wanted: try JSONDecoder().decode(ProxyView.self, from: Data(view.utf8)), present: dump)
        #expect(
            difference.lines == [
                "- RouteConfiguration r: missing", "- TypedExtensionConfig asked: missing",
                "+ Secret old: should not be there", "~ Cluster b: has 1, should have 2",
            ])
    }

    @Test("An archive's ending says how it is packed")
    func packing() {
        #expect(Archive.Packing(path: "a.tar.gz") == .tar("--gzip"))
        #expect(Archive.Packing(path: "a.zip") == .zip)
        #expect(Archive.Packing(path: "a.rar") == nil)
        #expect(Archive.Packing(path: "a.tar.sz") == nil)
    }

    @Test("The help of every command says what it does, with examples of it")
    func examples() async {
        for path in Self.paths(OSMCommand.self) {
            let line = await Transcript.of(path + ["--help"])
            #expect(line.status == 0, "\(path)")
            let lines = line.out.split(separator: "\n").map { $0.drop { $0 == " " } }
            #expect(lines.contains("EXAMPLES:"), "\(path)")
            let words = (["osm"] + path).joined(separator: " ")
            #expect(lines.contains { $0.contains(words) && !$0.hasPrefix("USAGE:") }, "\(path)")
            #expect(path.isEmpty || lines.contains { $0.hasPrefix("--request-timeout") }, "\(path)")
        }
        let root = await Transcript.of(["help"]).out
        for part in ["EXIT STATUS:", "ENVIRONMENT:", "FILES:"] { #expect(root.contains(part)) }
    }

    /// The words of all commands, groups among them.
    private static func paths(_ command: any ParsableCommand.Type) -> [[String]] {
        [[]]
            + command.configuration.subcommands.flatMap { sub in
                paths(sub).map { [sub.configuration.commandName ?? ""] + $0 }
            }
    }
}
