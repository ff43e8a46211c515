import ArgumentParser
import Foundation
import Testing

@testable import MeshCLI

@Suite("Short options with the value attached")
struct ShortOptionTests {
    /// A command line with short options, and the same in long ones.
    struct Case: Sendable, CustomTestStringConvertible {
        let short: String
        let long: String
        var testDescription: String { short }
        init(_ short: String, _ long: String) { (self.short, self.long) = (short, long) }
    }

    private static let cases = [
        Case("mesh list -p9091 -ojson", "mesh list --local-port 9091 --output json"),
        Case("namespace list -oyaml", "namespace list --output yaml"),
        Case("namespace add shop -ojson", "namespace add shop --output json"),
        Case("namespace remove shop -ojson", "namespace remove shop --output json"),
        Case("namespace ignore shop -ojson", "namespace ignore shop --output json"),
        Case("metrics enable --namespace a -ojson", "metrics enable --namespace a --output json"),
        Case("metrics disable --namespace a -ojson", "metrics disable --namespace a --output json"),
        Case("policy check-pods a/b c/d -ojson", "policy check-pods a/b c/d --output json"),
        Case(
            "policy check-conflicts IngressBackend -nshop -ojson",
            "policy check-conflicts IngressBackend --namespaces shop --output json"),
        Case(
            "policy explain --from a/b --to c/d -f. -ojson",
            "policy explain --from a/b --to c/d --filename . --output json"),
        Case("analyze -f./a=b -osarif", "analyze --filename ./a=b --output sarif"),
        Case("diff -fa -fb -ojson", "diff --filename a --filename b --output json"),
        Case("compile --proxy a/b -f- -otable", "compile --proxy a/b --filename - --output table"),
        Case(
            "proxy get stats web -nshop -fhelp -p15000",
            "proxy get stats web --namespace shop --file help --local-port 15000"),
        Case("proxy set x web -nshop -fx -p1", "proxy set x web --namespace shop --file x --local-port 1"),
        Case("proxy status web -nshop -ojson", "proxy status web --namespace shop --output json"),
        Case("status -ojson", "status --output json"),
        Case("env -ojson", "env --output json"), Case("version -ojson", "version --output json"),
        Case(
            "verify connectivity --from-pod a/b --to-pod c/d -ojson",
            "verify connectivity --from-pod a/b --to-pod c/d --output json"),
        Case(
            "verify ingress --from-service a/b --to-pod c/d --to-service s --to-port 1 --ingress-backend i -ojson",
            "verify ingress --from-service a/b --to-pod c/d --to-service s --to-port 1 --ingress-backend i --output json"
        ),
        Case("verify control-plane-health -ojson", "verify control-plane-health --output json"),
        Case("support error-info E1000 -oyaml", "support error-info E1000 --output yaml"),
        Case("support bug-report -obug.zip", "support bug-report --out-file bug.zip"),
        Case("dashboard -p8080 -r3001 -b=false", "dashboard --local-port 8080 --remote-port 3001 --open-browser=false"),
        Case("dashboard -bp8080", "dashboard --open-browser --local-port 8080"),
        Case("uninstall mesh -fap9091", "uninstall mesh --force --delete-cluster-wide-resources --local-port 9091"),
        Case("delete mesh -af=false", "uninstall mesh --delete-cluster-wide-resources"),
        Case(
            "--osm-namespace x uninstall mesh -f=true -a=0", "uninstall mesh --osm-namespace x --force"),
        Case(
            "alpha certificate rotate -ydw5m -tmesh.local",
            "alpha certificate rotate --accept --delete --wait 5m --trust-domain mesh.local"),
        Case("alpha certificate rotate -y=t -froot.yaml", "alpha certificate rotate --accept --file root.yaml"),
        Case("alpha certificate rotate -dcroot", "alpha certificate rotate --delete --meshrootcertificate root"),
    ]

    /// What ArgumentParser makes of a command line, with all values.
    private func parsed(_ line: String) async throws -> String {
        let words = line.split(separator: " ").map(String.init)
        var text = ""
        dump(try await OSMCommand.asyncParseAsRoot(Switches.plain(ShortOptions.apart(words))), to: &text)
        return text
    }

    @Test("are the same as long ones, also with `=` and with the value as the next word", arguments: cases)
    func same(_ line: Case) async throws {
        let long = try await parsed(line.long)
        #expect(try await parsed(line.short) == long)
        // -xVALUE as -x=VALUE and as -x VALUE.
        for mark in ["=", " "] {
            let words = line.short.split(separator: " ").map { word -> String in
                guard let match = word.wholeMatch(of: /(-[pnofwtcr])([^=].*)/), !word.hasPrefix("-fa") else {
                    return String(word)
                }
                return "\(match.output.1)\(mark)\(match.output.2)"
            }
            // A value that begins with a hyphen is no word of its own.
            #expect(try await parsed(words.joined(separator: " ")) == long, "\(words)")
        }
        #expect(try await parsed(line.long + " --verbose") != long)
    }

    /// The commands, as ArgumentParser describes them.
    private struct Tool: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }
        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
        }
        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?

            /// The short options of all commands, each with the words of its command.
            func short(_ path: [String] = []) -> [(path: [String], letter: Character, isFlag: Bool)] {
                (arguments ?? []).flatMap { argument in
                    (argument.names ?? []).filter { $0.kind == "short" }.compactMap { name in
                        name.name.first.map { (path, $0, argument.kind == "flag") }
                    }
                } + (subcommands ?? []).flatMap { $0.short(path + [$0.commandName]) }
            }
        }
        let command: Command
    }

    @Test("are known for every command that has some, and each is tried")
    func known() throws {
        let tool = try JSONDecoder().decode(Tool.self, from: Data(OSMCommand._dumpHelp().utf8))
        let options = tool.command.short().filter { $0.letter != "h" }
        #expect(options.count > 30)
        let tried = Self.cases.map { $0.short.split(separator: " ").map(String.init) }
        for (path, letter, isFlag) in options {
            // A browser is opened or not, with a word for it or without.
            #expect(
                ShortOptions.isSwitch(letter, of: path) == (isFlag || letter == "b"), "-\(letter) of \(path)")
            let isTried = tried.contains { words in
                words.starts(with: path) && ShortOptions.apart(words).contains { $0.hasPrefix("-\(letter)") }
            }
            #expect(isTried, "-\(letter) of \(path)")
        }
    }

    @Test("are left as they are where they are none")
    func others() {
        let lines = [
            ["mesh", "list", "-p", "-1"], ["analyze", "-f", "-"], ["x", "-nq", "--", "-nshop"], ["x", "-z9"],
            ["x", "-pa="],
        ]
        let apart = [
            lines[0], lines[1], ["x", "-n=q", "--", "-nshop"], lines[3], ["x", "-p=a="],
        ]
        #expect(lines.map(ShortOptions.apart) == apart)
    }
}
