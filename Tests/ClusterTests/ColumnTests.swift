import Foundation
import TestCluster
import Testing

extension OnRealServer {
    @Suite("kubectl get and kubectl wait")
    struct ColumnTests {
        /// The status of an object of generation 1 that holds, as the controller writes it.
        private static func status(of kind: MeshKind) -> Tree {
            var status = Tree.map(kind.summary)
            status["observedGeneration"] = 1
            status["conditions"] = .list(
                ["Accepted", "ResolvedRefs", "Programmed", "Ready"].map {
                    [
                        "type": .text($0), "status": "True", "reason": "Programmed", "message": "all is well",
                        "observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z",
                    ]
                })
            return status
        }

        /// The cells of a line of kubectl, which stand three spaces or more apart.
        private static func cells(_ line: Substring) -> [String] {
            line.split(separator: /\s{3,}/).map { $0.trimmingCharacters(in: .whitespaces) }
        }

        @Test("An object shows its columns, its reason with -o wide, and can be waited for", arguments: MeshKind.all)
        func columns(kind: MeshKind) async throws {
            let cluster = try await MeshKind.cluster()
            let here = ["--namespace", try await cluster.createNamespace("columns")]
            try await cluster.kubectlOutput(["create", "-f", "-"] + here, input: kind.object("one"))
            let wait = ["wait", "--for=condition=Ready", "\(kind.definition)/one"] + here
            #expect(try await cluster.kubectl(wait + ["--timeout=0s"]).status != 0)

            let status: Tree = ["status": Self.status(of: kind)]
            let patch = ["patch", kind.definition, "one", "--subresource=status", "--type=merge"] + here
            let patched = try await cluster.kubectlOutput(patch + ["--patch", status.json, "--output", "json"])
            #expect(try Tree(json: patched)["status"] == Self.status(of: kind))
            #expect(Kstatus(of: try Tree(json: patched)) == .current)
            try await cluster.kubectlOutput(wait + ["--timeout=240s"])

            for (options, columns) in [([], kind.columns), (["--output", "wide"], kind.columns + kind.wide)] {
                let table = try await cluster.kubectlOutput(["get", kind.definition] + options + here)
                let lines = table.split(separator: "\n")
                #expect(lines.count == 2)
                #expect(Self.cells(lines[0]) == columns.map(\.header))
                let cells = Self.cells(lines[1])
                try #require(cells.count == columns.count)
                for (cell, column) in zip(cells, columns) {
                    if let expected = column.cell {
                        #expect(cell == expected)
                    } else {
                        #expect(cell.wholeMatch(of: /(\d+[smh])+/) != nil)
                    }
                }
            }
        }

        @Test("Explain tells what a field is for")
        func explain() async throws {
            let cluster = try await MeshKind.cluster()
            let text = try await cluster.kubectlOutput(["explain", "traffictarget.spec.rules.matches"])
            #expect(text.contains("The names of matches of the HTTPRouteGroup"))
        }
    }
}
