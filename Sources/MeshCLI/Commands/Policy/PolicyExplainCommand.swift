internal import ArgumentParser
internal import MeshModel
internal import PolicyAnalysis

/// The command `osm policy explain`.
struct PolicyExplainCommand: AsyncParsableCommand {
    /// An answer that is wanted.
    enum Expectation: String, ExpressibleByArgument, CaseIterable { case allowed, denied }

    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell whether a call is allowed, which rule decides, and what would allow it.",
        discussion: """
            The answer comes from the policy as it is compiled for the proxies: of the cluster, or of manifests with -f. \
            What the question leaves open, such as the method, is left open by the answer, too: `depends` names the \
            requests that are allowed. Without a port each port of the service is answered for.

            A call that is denied is answered with the rules that come nearest, and with objects that would allow just \
            this call. The exit status is 0 whatever the answer, unless --expect names another one.

            EXAMPLES:
              osm policy explain --from bookbuyer/bookbuyer --to bookstore/bookstore:14001
              osm policy explain --from web/front --to shop/store --path /books
              osm policy explain --from web/front --to shop/store --header 'app: a'
              osm policy explain -f . --from a/b --to shop/store --expect denied
            """)

    @Option(help: ArgumentHelp("Who calls.", valueName: "namespace/serviceaccount"))
    var from: NamespacedName

    @Option(help: ArgumentHelp("What is called.", valueName: "namespace/service[:port]"))
    var to: NamespacedName

    @Option(help: "The port of the service. (default: each of its ports)")
    var port: UInt16?

    @Option(help: "The method of the request. (default: any)")
    var method: String?

    @Option(help: "The path of the request, perhaps with a query. (default: any)")
    var path: String?

    @Option(help: "The host of the request, as its Host header has it. (default: any)")
    var host: String?

    @Option(help: ArgumentHelp("A header of the request, several times for several.", valueName: "name: value"))
    var header: [HeaderArgument] = []

    @Flag(help: "The request has no headers but those named. (default: others are left open)")
    var noOtherHeaders = false

    @Option(help: "End with 1 unless this is the answer for every port: allowed or denied.")
    var expect: Expectation?

    @OptionGroup var source: MeshSourceOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard from.port == nil else { throw ValidationError("--from takes no port: write namespace/serviceaccount") }
        if let port, let other = to.port, port != other {
            throw ValidationError("--to names port \(other), and --port \(port)")
        }
        guard port != 0 else { throw ValidationError("--port is a number from 1 to 65535") }
        guard path?.hasPrefix("/") != false else { throw ValidationError("--path begins with a slash") }
        let hosts = header.filter(\.isHost).map(\.header.value) + (host.map { [$0] } ?? [])
        guard Set(hosts).count <= 1 else { throw ValidationError("a request has one host, not \(hosts.sorted())") }
    }

    func run() async throws {
        let console = global.console
        let mesh = try await source.load("explaining who may call \(to.name)", global)
        mesh.tellAssumptions(console)
        let request = RequestDescription(
            method: method?.uppercased(), path: path, host: host ?? header.first(where: \.isHost)?.header.value,
            headers: header.filter { !$0.isHost }.map(\.header), hasNoOtherHeaders: noOtherHeaders)
        let question = FlowQuestion(
            client: from.identity, service: to.name, port: port ?? to.port, request: request)
        let answers = mesh.compiled.explain(question)
        try console.print(answers, as: output.output) { _ in
            for (index, answer) in answers.enumerated() {
                if index > 0 { console.out() }
                for line in answer.lines { console.out(line) }
            }
        }
        guard let expect else { return }
        guard answers.allSatisfy({ $0.verdict.rawValue == expect.rawValue }) else { throw ExitCode.failure }
    }
}
