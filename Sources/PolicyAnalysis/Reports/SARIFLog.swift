import ManifestSource

/// Findings in the format in which tools exchange them.
///
/// Source: SARIF 2.1.0 (OASIS), sections 3.13 to 3.52, as code scanning services read it.
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

    private struct Logical: Encodable {
        let fullyQualifiedName: String
        let kind = "resource"
    }

    /// The findings of an analysis.
    ///
    /// - Parameter version: That of the program.
    package init(_ analysis: MeshAnalysis, version: String) {
        let used = Set(analysis.findings.map(\.rule))
        let rules = FindingRule.all.filter(used.contains)
        let places = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.id, $0) })
        let results = analysis.findings.map { finding in
            let text = [finding.subject, finding.path, finding.message].filter { !$0.isEmpty }
            let physical = finding.location.map { place in
                Physical(
                    artifactLocation: Artifact(uri: Self.reference(to: place.file)),
                    region: place.line > 0 ? Region(startLine: place.line) : nil)
            }
            let logical = finding.subject.isEmpty ? nil : [Logical(fullyQualifiedName: finding.subject)]
            return Result(
                ruleId: finding.rule.id, ruleIndex: places[finding.rule.id] ?? 0, level: finding.severity.rawValue,
                message: Text(text: text.joined(separator: ": ")),
                locations: [Location(physicalLocation: physical, logicalLocations: logical)])
        }
        let driver = Driver(
            name: "osm analyze", version: version,
            rules: rules.map { Rule(id: $0.id, shortDescription: Text(text: $0.summary)) })
        runs = [Run(tool: Tool(driver: driver), results: results)]
    }

    /// A path as a reference to it: relative to where the program ran, or of the scheme `file`.
    ///
    /// What may stand in a path of RFC 3986 unescaped stays; a colon in the first part of a relative one would be a scheme.
    static func reference(to path: String) -> String {
        let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=@/".utf8)
        let escaped = path.utf8.map { byte in
            guard !kept.contains(byte) else { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }
        .joined()
        return path.hasPrefix("/") ? "file://\(escaped)" : escaped
    }
}
