import Foundation
import MeshModel
import Oracle

/// Writes what was asked of real proxies and what they answered, so that others can be compared with it.
///
/// Each round is a directory with the manifests that were in force and `calls.jsonl`, a call in each line: those of pods
/// to addresses of Services.
struct SemanticsRecord {
    /// A call and its answer.
    private struct Line: Encodable {
        let namespace: String
        let serviceAccount: String
        let serviceNamespace: String
        let service: String
        let port: UInt16
        let method: String
        let path: String
        let host: String
        let headers: [[String]]
        /// How often the application was told to answer 503 at first.
        let failures: Int
        /// The status of the answer; absent where there was none.
        let status: Int?
        /// The pod whose application answered; absent where none did.
        let app: String?
    }

    private let directory: String
    private var rounds = 0

    /// A record in a directory, which is made.
    init(in directory: String) { self.directory = directory }

    /// Adds a round.
    mutating func add(
        _ manifests: [String: String], _ calls: [(call: SemanticsCall, answer: Prober.Answer)], _ oracle: Oracle
    ) throws {
        rounds += 1
        let place = "\(directory)/round-\(rounds)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        for (name, text) in manifests { try Data(text.utf8).write(to: URL(filePath: "\(place)/\(name)")) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var lines = Data()
        for (call, answer) in calls {
            guard let client = call.caller.pod, let port = oracle.owner(of: call.address) else { continue }
            let identity = oracle.identity(of: client)
            let request = call.request
            lines += try encoder.encode(
                Line(
                    namespace: identity.namespace, serviceAccount: identity.serviceAccount,
                    serviceNamespace: port.service.namespace, service: port.service.name, port: port.port,
                    method: request.method, path: request.path, host: request.host,
                    headers: request.headers.map { [$0.name, $0.value] }, failures: call.failure?.times ?? 0,
                    status: answer.status, app: answer.app))
            lines += Data("\n".utf8)
        }
        try lines.write(to: URL(filePath: "\(place)/calls.jsonl"))
    }
}
