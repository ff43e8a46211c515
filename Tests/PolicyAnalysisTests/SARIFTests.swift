import Foundation
import ManifestSource
import PolicyAnalysis
import Testing

/// The log as the standard wants it: OASIS SARIF 2.1.0, sections 3.13 to 3.52, and its schema.
@Suite("The log of an analysis in SARIF")
struct SARIFTests {
    /// An object of the format: which members it must have, and which it may have of those that are written here.
    private indirect enum Shape: Sendable {
        case object(required: [String: Shape], optional: [String: Shape] = [:])
        case list(of: Shape)
        case text, reference
        case word(of: Set<String>)
        case number(atLeast: Int)
    }

    private static let message = Shape.object(required: ["text": .text])
    private static let log = Shape.object(
        required: ["version": .word(of: ["2.1.0"]), "runs": .list(of: run)], optional: ["$schema": .reference])
    private static let run = Shape.object(
        required: ["tool": .object(required: ["driver": driver])], optional: ["results": .list(of: result)])
    private static let driver = Shape.object(
        required: ["name": .text],
        optional: [
            "version": .text,
            "rules": .list(of: .object(required: ["id": .text], optional: ["shortDescription": message])),
        ])
    private static let result = Shape.object(
        required: ["message": message],
        optional: [
            "ruleId": .text, "ruleIndex": .number(atLeast: 0),
            "level": .word(of: ["none", "note", "warning", "error"]), "locations": .list(of: location),
        ])
    private static let location = Shape.object(
        required: [:],
        optional: [
            "physicalLocation": .object(
                required: ["artifactLocation": .object(required: ["uri": .reference])],
                optional: ["region": .object(required: ["startLine": .number(atLeast: 1)])]),
            "logicalLocations": .list(
                of: .object(required: [:], optional: ["fullyQualifiedName": .text, "kind": .word(of: ["resource"])])),
        ])

    /// What is wrong with a value: sentences with paths.
    private func faults(_ value: Any, _ shape: Shape, at path: String = "") -> [String] {
        switch shape {
        case .object(let required, let optional):
            guard let members = value as? [String: Any] else { return ["\(path) is no object"] }
            let missing = required.keys.filter { members[$0] == nil }.map { "\(path).\($0) is missing" }
            return missing
                + members.flatMap { name, member -> [String] in
                    guard let shape = required[name] ?? optional[name] else { return ["\(path).\(name) is unknown"] }
                    return faults(member, shape, at: "\(path).\(name)")
                }
        case .list(let shape):
            guard let elements = value as? [Any] else { return ["\(path) is no list"] }
            return elements.enumerated().flatMap { faults($1, shape, at: "\(path)[\($0)]") }
        case .text: return (value as? String)?.isEmpty == false ? [] : ["\(path) is no text"]
        case .reference:
            let text = value as? String ?? ""
            let isReference = !text.isEmpty && URL(string: text, encodingInvalidCharacters: false) != nil
            return isReference ? [] : ["\(path) is no reference: \(text)"]
        case .word(let words):
            return words.contains(value as? String ?? "") ? [] : ["\(path) is \(value)"]
        case .number(let least):
            return (value as? Int).map { $0 >= least } == true ? [] : ["\(path) is \(value)"]
        }
    }

    private func analysis(_ name: String) throws -> MeshAnalysis {
        let split = """
            apiVersion: split.smi-spec.io/v1alpha4
            kind: TrafficSplit
            metadata: {name: a, namespace: shop}
            spec: {service: store.shop, backends: [{service: none, weight: 1}]}
            ---
            apiVersion: specs.smi-spec.io/v1alpha4
            kind: TCPRoute
            metadata: {name: idle, namespace: shop}
            spec: {}

            """
        return ManifestCase.analysis([
            try ManifestCase.file("base"), ManifestFile(name: name, text: split),
            ManifestFile(name: "broken", text: "a: ["),
        ])
    }

    private func written(_ analysis: MeshAnalysis) throws -> [String: Any] {
        let text = try JSONEncoder().encode(SARIFLog(analysis, version: "1"))
        return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    }

    @Test("has the members that the standard wants, and none that it does not know")
    func shape() throws {
        let log = try written(try analysis("x.yaml"))
        #expect(faults(log, Self.log) == [])
        // The check itself finds something.
        #expect(faults(["version": "2.1.0"], Self.log) == [".runs is missing"])
        #expect(faults(["version": "2.0", "runs": [], "x": 1], Self.log).count == 2)
    }

    @Test("has a result for each finding, whose rule is at its index, in all levels")
    func results() throws {
        let analysis = try analysis("x.yaml")
        let run = try #require((try written(analysis)["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.count == analysis.findings.count)
        let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
        let rules = try #require(driver["rules"] as? [[String: Any]]).compactMap { $0["id"] as? String }
        #expect(Set(rules).count == rules.count)
        for (result, finding) in zip(results, analysis.findings) {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index] == finding.rule.id)
            #expect(result["ruleId"] as? String == finding.rule.id)
            #expect(result["level"] as? String == finding.severity.rawValue)
        }
        #expect(Set(results.compactMap { $0["level"] as? String }) == ["error", "warning", "note"])
    }

    @Test(
        "names files by references",
        arguments: [
            ("a b/c:d%.yaml", "a%20b/c%3Ad%25.yaml"), ("/m/ä.yaml", "file:///m/%C3%A4.yaml"),
            ("standard input", "standard%20input"), ("manifests/x.yaml", "manifests/x.yaml"),
        ])
    func references(name: String, expected: String) throws {
        let log = try written(try analysis(name))
        #expect(faults(log, Self.log) == [])
        let bytes = try JSONSerialization.data(withJSONObject: log, options: .withoutEscapingSlashes)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("\"uri\":\"\(expected)\""))
    }
}
