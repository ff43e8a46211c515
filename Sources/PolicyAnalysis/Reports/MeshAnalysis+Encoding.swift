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
