import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Follows the objects of one kind for as long as its task lives.
struct Reflector<Object: StoredObject>: Sendable {
    private struct List: Decodable {
        struct Metadata: Decodable { let resourceVersion: String }
        let metadata: Metadata
        let items: [Object]?
    }

    private struct Event: Decodable {
        struct Kind: Decodable { let metadata: ObjectMeta }
        let type: String
        let object: Object
    }

    private struct EventHead: Decodable {
        struct Version: Decodable {
            struct Metadata: Decodable { let resourceVersion: String? }
            let metadata: Metadata?
        }
        let type: String
        let object: Version
    }

    let api: APIClient
    /// The path of the collection.
    let path: String
    /// Further parameters of the query, encoded.
    var query = ""
    let store: ObjectStore<Object>

    func run() async {
        while !Task.isCancelled {
            do {
                try await follow()
            } catch is CancellationError {
                return
            } catch {
                // The API server may be away; it is asked again.
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func follow() async throws {
        let answer = try await api.send(.GET, "\(path)?\(query)")
        let list = try answer.decoded(as: List.self)
        store.replaceAll(list.items ?? [])
        var version = list.metadata.resourceVersion
        while !Task.isCancelled {
            let body = try await api.open(
                "\(path)?watch=1&allowWatchBookmarks=true&timeoutSeconds=600&resourceVersion=\(version)&\(query)")
            var pending = ByteBuffer()
            for try await var part in body {
                pending.writeBuffer(&part)
                while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Data(pending.readableBytesView[..<end])
                    pending.moveReaderIndex(forwardBy: line.count + 1)
                    version = try take(line) ?? version
                }
                pending.discardReadBytes()
            }
        }
    }

    /// - Returns: The version that was heard.
    private func take(_ line: Data) throws -> String? {
        let head = try JSONDecoder().decode(EventHead.self, from: line)
        switch head.type {
        case "ADDED", "MODIFIED": store.set(try JSONDecoder().decode(Event.self, from: line).object)
        case "DELETED": store.remove(try JSONDecoder().decode(Event.self, from: line).object)
        case "BOOKMARK": break
        default: throw RigError("the watch of \(path) ended: \(String(decoding: line, as: UTF8.self))")
        }
        return head.object.metadata?.resourceVersion
    }
}
