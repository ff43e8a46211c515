import Foundation
import TestCluster

/// The health checks under `config/gitops`, evaluated by real interpreters of their languages.
enum HealthScript {
    /// Argo CD's verdict: the script that `config/gitops/argocd` gives it, in Lua.
    static func argoCD(_ object: Tree) async throws -> String {
        let program = """
            obj = \(lua(object))
            local verdict = dofile("\(Checkout.path("config/gitops/argocd/health.lua"))")
            assert(type(verdict.message) == "string")
            print(verdict.status)
            """
        return try await run(luaInterpreter, ["-"], input: program)
    }

    /// Flux's verdict by the expressions for a kind, as its documentation says they are evaluated: a generation that
    /// was not observed is in progress; else the first expression that is true decides, in this order; else it is in
    /// progress.
    static func flux(_ object: Tree, _ expressions: Tree) async throws -> String {
        let program = """
            import json, celpy, sys
            object, expressions = json.load(sys.stdin)
            values = {name: celpy.json_to_cel(value) for name, value in object.items()}
            environment = celpy.Environment()
            def holds(name):
                program = environment.program(environment.compile(expressions[name]))
                return bool(program.evaluate(values))
            observed = object.get("status", {}).get("observedGeneration")
            if observed is not None and observed != object["metadata"]["generation"]:
                print("InProgress")
            else:
                names = {"inProgress": "InProgress", "failed": "Failed", "current": "Current"}
                print(next((names[name] for name in names if holds(name)), "InProgress"))
            """
        return try await run(python, ["-c", program], input: Tree.list([object, expressions]).json)
    }

    /// Whether there is an interpreter of Lua (Debian's `lua5.3`); says that a test is not run if not.
    static func offersLua(for test: String) async -> Bool {
        offers((try? await run(luaInterpreter, ["-v"])) != nil, "there is no lua5.3; run hack/setup.sh", test)
    }

    /// Whether there is an evaluator of CEL (PyPI's `cel-python`); says that a test is not run if not.
    static func offersCEL(for test: String) async -> Bool {
        offers(
            (try? await run(python, ["-c", "import celpy"])) != nil, "there is no cel-python; run hack/setup.sh", test)
    }

    private static func offers(_ isThere: Bool, _ reason: String, _ test: String) -> Bool {
        if !isThere { print("not run: \(test): \(reason)") }
        return isThere
    }

    private static let luaInterpreter = ["/usr/bin/env", "lua5.3"]
    private static let python = [Program.python]

    private struct Failed: Error { let output: String }

    /// Runs a program to its end and returns the line that it wrote.
    private static func run(_ program: [String], _ arguments: [String], input: String = "") async throws -> String {
        let outcome = try await Program(path: program[0], arguments: program.dropFirst() + arguments).run(input: input)
        guard outcome.status == 0 else { throw Failed(output: outcome.stdout + outcome.stderr) }
        return outcome.stdout.trimmingCharacters(in: .newlines)
    }

    /// A value as Lua writes it.
    private static func lua(_ value: Tree) -> String {
        switch value {
        case .null: "nil"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): quoted(value)
        case .list(let values): "{" + values.map(lua).joined(separator: ", ") + "}"
        case .map(let entries):
            "{" + entries.sorted { $0.key < $1.key }.map { "[\(quoted($0))] = \(lua($1))" }.joined(separator: ", ")
                + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.utf8.map { "\\" + String(repeating: "0", count: 3 - "\($0)".count) + "\($0)" }.joined() + "\""
    }
}
