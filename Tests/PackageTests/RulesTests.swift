import Testing

@Suite("The rules of the package can be broken")
struct RulesTests {
    private func file(_ text: String, _ path: String = "Sources/B/B.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    private static let manifest = PackageManifest(
        """
        let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
        // A comment.
        let long: Target.Dependency = .product(
            name: "GRPCNIOTransportHTTP2", package: "x")
        let package = Package(
            name: "p",
            products: [
                .executable(name: "C", targets: ["C"])
            ],
            targets: [
                // A.
                .target(name: "A", swiftSettings: strict),
                .target(
                    name: "B", dependencies: ["A", logging],
                    swiftSettings: strict),
                .executableTarget(name: "C", dependencies: ["D", long], path: "Tests/C", swiftSettings: strict),
                .target(name: "D", dependencies: ["D"]),
                .testTarget(name: "BTests", dependencies: ["B"]),
            ]
        )

        """)

    @Test("A manifest is read as it is written")
    func manifest() {
        #expect(
            Self.manifest.targets == [
                .init(name: "A", path: "Sources/A", targets: [], products: [], isTest: false),
                .init(name: "B", path: "Sources/B", targets: ["A"], products: ["Logging"], isTest: false),
                .init(name: "C", path: "Tests/C", targets: ["D"], products: ["GRPCNIOTransportHTTP2"], isTest: false),
                .init(name: "D", path: "Sources/D", targets: ["D"], products: [], isTest: false),
                .init(name: "BTests", path: "Tests/BTests", targets: ["B"], products: [], isTest: true),
            ])
        #expect(Self.manifest.targets(through: "B").map(\.name) == ["A", "B"])
    }

    @Test(
        "Imports are found in every spelling, and nowhere else",
        arguments: [
            ("import A", ["A"]), ("public import A", ["A"]), ("@testable import A", ["A"]),
            ("@_exported public import A // why", ["A"]), ("import struct A.B", ["A"]),
            ("  internal import A.C", ["A"]),
            ("import A\nimport B", ["A", "B"]), ("// import A", []), ("/* import A */", []),
            ("let a = \"import A\"", []),
            ("\"\"\"\n  import A\n  \"\"\"", []), ("important A", []), ("let x = y\nimport B", ["B"]),
        ])
    func importSpellings(text: String, modules: [String]) {
        #expect(file(text).imports == modules)
    }

    private func importProblems(_ target: String, _ text: String) throws -> [String] {
        try Rules.imports(of: #require(Self.manifest[target]), Self.manifest, [file(text)])
    }

    @Test("An import that is not declared, or from below, is found")
    func imports() throws {
        #expect(try importProblems("B", "import A\nimport Logging\nimport Foundation\nimport Glibc") == [])
        #expect(
            try importProblems("B", "import NIOCore") == ["Sources/B/B.swift: imports NIOCore, which is not declared"])
        #expect(try importProblems("B", "import Testing").count == 1)
        #expect(try importProblems("B", "import FoundationNetworking").count == 1)
        #expect(try importProblems("B", "import C").count == 1)
        #expect(try importProblems("BTests", "@testable import B\nimport Testing") == [])
        #expect(try importProblems("BTests", "import A").count == 1)
        #expect(try importProblems("C", "import GRPCNIOTransportHTTP2Posix") == ["C: depends on D, which is below"])
        #expect(try importProblems("D", "") == ["D: depends on D, which is below"])
    }

    @Test("An import of the product is found in an oracle")
    func independence() {
        let own: Set<String> = ["A", "B"]
        #expect(Rules.imports(ofThisPackage: own, only: ["A"], [file("import A\nimport Testing")]) == [])
        #expect(Rules.imports(ofThisPackage: own, only: ["A"], [file("import B")]) == ["Sources/B/B.swift: imports B"])
    }

    @Test(
        "What is not pure is found",
        arguments: [
            ("func f() async {}", "uses async"), ("await f()", "uses await"), ("let d = Date()", "uses Date"),
            ("let c: ContinuousClock", "uses ContinuousClock"), ("actor A {}", "uses actor"),
            ("import Logging", "imports Logging"), ("public import NIOCore", "imports NIOCore"),
            ("let t = time(nil)", "uses time"), ("print(1)", "uses print"), ("getenv(name)", "uses getenv"),
            ("import Dispatch", "imports Dispatch"), ("let i = Instant.now", "uses .now"), ("f(.now)", "uses .now"),
        ])
    func purity(text: String, found: String) {
        #expect(Rules.purity([file(text)]) == ["Sources/B/B.swift: \(found)"])
        #expect(Rules.purity([file(text)], except: ["Sources/B/B.swift": [found]]) == [])
        #expect(Rules.purity([file(text, "Sources/B/Generated/B.swift")]) == [])
    }

    @Test("What only looks impure is not found, and an exception without a need is")
    func pure() {
        let text =
            "let asyncs = \"await Date()\" // async\n/* actor */ func f(time: Int, Dates: Int) { x.time }\n"
            + "typealias Instant = ContinuousClock.Instant\nlet now = x.nowhere"
        #expect(Rules.purity([file(text)]) == [])
        #expect(
            Rules.purity([file("")], except: ["Sources/B/B.swift": ["uses async"]]) == [
                "Sources/B/B.swift: no longer uses async"
            ])
    }

    @Test("What is allowed nowhere is found", arguments: Rules.forbidden)
    func safety(word: String) {
        #expect(Rules.safety([file("x \(word) y")]) == ["Sources/B/B.swift: holds \(word)"])
        #expect(Rules.safety([file("// \(word)\nlet x = \"\(word)\"")]) == [])
        #expect(Rules.safety([file("x \(word) y", "Sources/B/Generated/B.swift")]) == [])
    }

    @Test("A bare task is found")
    func bareTasks() {
        #expect(Rules.bareTasks([file("Task { f() }")]).count == 1)
        #expect(Rules.bareTasks([file("let t = Task   {\n}")]).count == 1)
        #expect(Rules.bareTasks([file("let t = Task { f() }\ntry await t.value")]) == [])
        #expect(Rules.bareTasks([file("let t = Task { f() }\ntry await u.value")]).count == 1)
        #expect(Rules.bareTasks([file("group.addTask { Task.yield() }\nwithTask {\n}\n// Task {")]) == [])
    }

    @Test("A long file is found")
    func length() {
        #expect(Rules.length([file(String(repeating: "\n", count: 400))]) == [])
        #expect(Rules.length([file(String(repeating: "\n", count: 401))]) == ["Sources/B/B.swift: has 401 lines"])
        #expect(Rules.length([file(String(repeating: "\n", count: 401), "Sources/B/Generated/B.swift")]) == [])
    }

    @Test(
        "A name for a role is found",
        arguments: [
            ("StringUtils.swift", true), ("Util.swift", true), ("PodManager.swift", true), ("Helpers.swift", true),
            ("TestHelper+X.swift", true), ("Manifest.swift", false), ("Utility.swift", false),
            ("HttpConnectionManager+Settings.swift", false), ("CertManagerIssuer.swift", false),
            ("CertManagerManager.swift", true),
        ])
    func names(name: String, isFound: Bool) {
        #expect(Rules.names([file("", "Sources/B/\(name)")]).isEmpty == !isFound)
    }

    @Test("Literal text is text in all its forms")
    func literals() {
        func code(_ text: String) -> String { SwiftCode(text).code }
        #expect(code(##"a(#"x"y"#)b"##) == "a(\"\")b")
        #expect(code(#"a "\"" b"#) == #"a "" b"#)
        #expect(code(#"a "\(f("x") + (1))" b"#) == #"a "" b"#)
        #expect(code("a /* /* b */ c */ d") == "a  d")
        #expect(code("a // b\nc") == "a \nc")
        #expect(code("\"\"\"\nx \"y\"\n\"\"\"\nz") == "\n\n\"\"\nz")
        #expect(code("#if os(Linux)\n#endif") == "#if os(Linux)\n#endif")
    }
}
