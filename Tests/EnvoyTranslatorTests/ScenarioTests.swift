import Foundation
import Testing
import XDSCache

/// Every folder of `Tests/Scenarios` is a row of what the policies mean: objects in, Envoy out.
///
/// With `OSM_UPDATE_SCENARIOS=1` in the environment the expected texts are written instead of compared.
@Suite("Scenarios")
struct ScenarioTests {
    private static let isUpdating = ProcessInfo.processInfo.environment["OSM_UPDATE_SCENARIOS"] == "1"

    @Test("Every folder has objects and an expected text")
    func folders() throws {
        let names = try Scenario.names()
        #expect(names.count >= 87)
        for name in names {
            let scenario = try Scenario(name)
            #expect(try scenario.objects != Scenario.base().objects || !scenario.problems.isEmpty, "\(name) is empty")
            guard !Self.isUpdating else { continue }
            #expect(FileManager.default.fileExists(atPath: Self.expected(name).path()), "\(name) has no expected.json")
        }
    }

    @Test("The base is what its expected text says")
    func base() throws {
        try Self.compare(Self.review.get().text(), with: Scenario.directory.appending(path: "base.expected.json"))
    }

    @Test("A scenario is what its expected text says", arguments: try Scenario.names())
    func scenario(name: String) throws {
        let scenario = try Scenario(name)
        let text = try Self.review.get().text(of: scenario, CompiledScenario(scenario))
        try Self.compare(text, with: Self.expected(name))
    }

    @Test("A scenario's views are closed, and two compilations give the same bytes", arguments: try Scenario.names())
    func closure(name: String) throws {
        let scenario = try Scenario(name)
        let compiled = CompiledScenario(scenario)
        #expect(compiled.doubles.isEmpty)
        #expect(!compiled.views.isEmpty)
        #expect(CompiledScenario(scenario).views == compiled.views)
        for (pod, view) in compiled.views {
            let names = Set(view.keys)
            for resource in view.values {
                // The proxy's own certificate is not compiled: its stream adds it.
                let missing = Set(resource.references).subtracting(names)
                    .subtracting([ResourceName(.secret, "workload")])
                #expect(missing.isEmpty, "\(pod): \(resource.key)")
            }
        }
    }

    /// The base is compiled once for all tests.
    private static let review = Result {
        try ScenarioReview(
            base: CompiledScenario(Scenario.base()), permissive: CompiledScenario(Scenario("permissive-mode")))
    }

    private static func expected(_ name: String) -> URL {
        Scenario.directory.appending(path: name).appending(path: "expected.json")
    }

    private static func compare(_ text: String, with file: URL) throws {
        guard !isUpdating else {
            try text.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = lines.difference(from: expectedLines).map { change in
            switch change {
            case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
            case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
            }
        }
        #expect(
            text == expected,
            """
            \(file.path()) differs; if the new text is right, run the test with OSM_UPDATE_SCENARIOS=1
            \(difference.joined(separator: "\n"))
            """)
    }
}
