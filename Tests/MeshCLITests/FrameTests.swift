import ArgumentParser
import Testing

@testable import MeshCLI

@Suite("The osm command")
struct FrameTests {
    @Test("prints its help without arguments, and for a group")
    func help() async {
        let transcript = await Transcript.of([])
        #expect(transcript.status == 0)
        #expect(transcript.out.contains("USAGE: osm"))
        #expect(transcript.error == "")
    }

    @Test(
        "ends with 2 on a wrong command line, and says so on standard error",
        arguments: [["nonsense"], ["completion"], ["completion", "tcsh"], ["completion", "bash", "--nonsense"]])
    func usage(arguments: [String]) async {
        let transcript = await Transcript.of(arguments)
        #expect(transcript.status == 2)
        #expect(transcript.out == "")
        #expect(transcript.error.hasPrefix("Error: "))
    }

    @Test("takes its global options before and after the subcommand", arguments: [true, false])
    func globalOptions(before: Bool) throws {
        let options = ["--osm-namespace", "x", "--verbose"]
        let words = ["completion", "bash"]
        let parsed = try OSMCommand.parseAsRoot(before ? options + words : words + options)
        let command = try #require(parsed as? CompletionCommand)
        #expect(command.global.osmNamespace == "x")
        #expect(command.global.verbose)
        #expect(command.shell == .bash)
    }

    @Test("prints completions", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) async {
        let transcript = await Transcript.of(["completion", shell])
        #expect(transcript.status == 0)
        #expect(transcript.out.contains("osm"))
        #expect(transcript.out.contains("completion"))
    }

    @Test("aligns columns as the original")
    func table() {
        var table = TextTable("A", "LONG HEADER", "LAST")
        table.append("x", "y", "z")
        table.append("longer", "", "w")
        #expect(
            table.description == """
                A        LONG HEADER   LAST
                x        y             z
                longer                 w

                """)
    }

    @Test("reads its own configuration")
    func configuration() throws {
        let file = try CommandConfigurationFile(
            yaml: "install:\n  kind: managed\n  distribution: AKS\n", path: "x")
        #expect(file.install.kind == .managed)
        #expect(file.install.distribution == "AKS")
        #expect(file.install.namespace == "osm-system")
        #expect(try CommandConfigurationFile(yaml: " \n", path: "x") == CommandConfigurationFile())
        #expect(throws: CommandFailure.self) { try CommandConfigurationFile(yaml: "install: [", path: "x") }
        #expect(throws: CommandFailure.self) { try CommandConfigurationFile(yaml: "install: {kind: x}", path: "x") }
    }

    @Test("says what was being done and what to do next")
    func failure() {
        let failure = CommandFailure("adding namespace a", because: "no", advice: "do it")
        #expect(failure.description == "adding namespace a: no\nDo it.")
        #expect(CommandFailure("no mesh").description == "no mesh")
    }
}
