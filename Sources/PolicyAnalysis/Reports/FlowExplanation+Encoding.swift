import MeshModel
import MeshPolicy

extension FlowExplanation: Encodable {
    private enum Key: String, CodingKey {
        case client, service, port, protocolName = "protocol", request, verdict, summary, steps, decidedBy, nearest,
            remedy,
            remarks
    }

    private struct Asked: Encodable {
        let method: String?
        let path: String?
        let host: String?
        let headers: [[String: String]]
    }

    /// Writes the explanation for programs: objects as `Kind namespace/name`.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(client.description, forKey: .client)
        try fields.encode(port.service.description, forKey: .service)
        try fields.encode(port.port, forKey: .port)
        try fields.encodeIfPresent(wireProtocol?.rawValue, forKey: .protocolName)
        try fields.encode(
            Asked(
                method: request.method, path: request.path, host: request.host,
                headers: request.headers.map { [$0.name: $0.value] }), forKey: .request)
        try fields.encode(verdict.rawValue, forKey: .verdict)
        try fields.encode(summary, forKey: .summary)
        try fields.encode(steps, forKey: .steps)
        try fields.encode(grounds, forKey: .decidedBy)
        try fields.encode(nearMisses, forKey: .nearest)
        try fields.encodeIfPresent(remedy, forKey: .remedy)
        try fields.encode(remarks, forKey: .remarks)
    }
}

extension FlowExplanation.Step: Encodable {
    private enum Key: String, CodingKey { case text, objects }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(text, forKey: .text)
        try fields.encode(objects.map(\.description), forKey: .objects)
    }
}

extension FlowExplanation.Ground: Encodable {
    private enum Key: String, CodingKey { case object, path, route, matchPath, match, conditions }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(object.description, forKey: .object)
        try fields.encode(path, forKey: .path)
        try fields.encodeIfPresent(route?.description, forKey: .route)
        if !matchPath.isEmpty { try fields.encode(matchPath, forKey: .matchPath) }
        if !matchName.isEmpty { try fields.encode(matchName, forKey: .match) }
        if !conditions.isEmpty { try fields.encode(conditions, forKey: .conditions) }
    }
}

extension NearMiss: Encodable {
    private enum Key: String, CodingKey { case object, path, route, match, misses }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(target.description, forKey: .object)
        try fields.encode(rulePath, forKey: .path)
        try fields.encodeIfPresent(route?.description, forKey: .route)
        if !match.isEmpty { try fields.encode(match, forKey: .match) }
        try fields.encode(misses, forKey: .misses)
    }
}

extension NearMiss.Miss: Encodable {
    private enum Key: String, CodingKey { case object, path, message }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(object.description, forKey: .object)
        try fields.encode(path, forKey: .path)
        try fields.encode(words, forKey: .message)
    }
}

extension Remedy: Encodable {
    private enum Key: String, CodingKey { case advice, manifest, commands }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(advice, forKey: .advice)
        if !manifest.isEmpty { try fields.encode(manifest, forKey: .manifest) }
        if !commands.isEmpty { try fields.encode(commands, forKey: .commands) }
    }
}
