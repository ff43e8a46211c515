import ManifestSource

extension MeshAnalysis: Encodable {
    private enum Key: String, CodingKey { case objects, findings }

    private struct Entry: Encodable {
        let severity: String
        let rule: String
        let object: String
        let path: String
        let message: String
        let file: String?
        let line: Int?
    }

    /// Writes the findings for programs, in their order.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(objectCount, forKey: .objects)
        try fields.encode(
            findings.map {
                Entry(
                    severity: $0.severity.rawValue, rule: $0.rule.id, object: $0.subject, path: $0.path,
                    message: $0.message, file: $0.location?.file, line: $0.location?.line)
            }, forKey: .findings)
    }
}

/// Findings in the format in which tools exchange them.
///
/// Source: SARIF 2.1.0 (OASIS), as code scanning services read it.
package struct SARIFLog: Encodable {
    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    private let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    private let version = "2.1.0"
    private let runs: [Run]

    private struct Run: Encodable {
        let tool: Tool
        let results: [Result]
    }

    private struct Tool: Encodable { let driver: Driver }

    private struct Driver: Encodable {
        let name: String
        let version: String
        let rules: [Rule]
    }

    private struct Text: Encodable { let text: String }

    private struct Rule: Encodable {
        let id: String
        let shortDescription: Text
    }

    private struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Text
        let locations: [Location]
    }

    private struct Location: Encodable {
        let physicalLocation: Physical?
        let logicalLocations: [Logical]?
    }

    private struct Physical: Encodable {
        let artifactLocation: Artifact
        let region: Region?
    }

    private struct Artifact: Encodable { let uri: String }
    private struct Region: Encodable { let startLine: Int }
    private struct Logical: Encodable { let fullyQualifiedName: String }

    /// The findings of an analysis.
    ///
    /// - Parameter version: That of the program.
    package init(_ analysis: MeshAnalysis, version: String) {
        let used = Set(analysis.findings.map(\.rule))
        let rules = FindingRule.all.filter(used.contains)
        let places = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.id, $0) })
        let results = analysis.findings.map { finding in
            let text = [finding.subject, finding.path, finding.message].filter { !$0.isEmpty }
            return Result(
                ruleId: finding.rule.id, ruleIndex: places[finding.rule.id] ?? 0, level: finding.severity.rawValue,
                message: Text(text: text.joined(separator: ": ")),
                locations: [
                    Location(
                        physicalLocation: finding.location.map { place in
                            Physical(
                                artifactLocation: Artifact(uri: place.file),
                                region: place.line > 0 ? Region(startLine: place.line) : nil)
                        },
                        logicalLocations: finding.subject.isEmpty
                            ? nil : [Logical(fullyQualifiedName: finding.subject)])
                ])
        }
        let driver = Driver(
            name: "osm analyze", version: version,
            rules: rules.map { Rule(id: $0.id, shortDescription: Text(text: $0.summary)) })
        runs = [Run(tool: Tool(driver: driver), results: results)]
    }
}
