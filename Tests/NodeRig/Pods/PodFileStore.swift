import Foundation
import NIOHTTP1
import Synchronization
import Yams

/// Pods that are read from files past the API server.
///
/// Each gets a Pod on the API server, so that its tokens, addresses and status are real; what that server dropped or would
/// not have taken is put back when the pod runs.
final class PodFileStore: Sendable {
    /// The annotation by which a pod is known again.
    private static let annotation = "node-rig/file"

    private let api: APIClient
    private let nodeName: String
    private let paths: [String]
    private let pods = Mutex<[String: JSONValue]>([:])

    /// A store of files and of directories, which are looked at again and again.
    init(api: APIClient, nodeName: String, paths: [String]) {
        self.api = api
        self.nodeName = nodeName
        self.paths = paths
    }

    /// The pod that really runs for one that the API server has.
    func complete(_ pod: StoredPod) -> JSONValue {
        guard let key = pod.metadata.annotations?[Self.annotation], let file = pods.withLock({ $0[key] }) else {
            return pod.json
        }
        var json = pod.json
        json["spec"] = (json["spec"] ?? [:]).filled(from: file["spec"] ?? [:])
        return json
    }

    /// Looks at the files for as long as the task lives.
    func run() async {
        var texts: [String: String] = [:]
        while !Task.isCancelled {
            let found = read()
            for (path, text) in found where texts[path] != text {
                do {
                    try await create(text, path)
                    texts[path] = text
                } catch {
                    Console.say("the pod in \(path) is not there yet: \(error)")
                }
            }
            for path in texts.keys where found[path] == nil {
                texts[path] = nil
                await remove(path)
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func read() -> [String: String] {
        var found: [String: String] = [:]
        for path in paths {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }.map { "\(path)/\($0)" }
            for file in names.isEmpty ? [path] : files {
                found[file] = try? String(contentsOfFile: file, encoding: .utf8)
            }
        }
        return found
    }

    /// Reads the files as they are now, so that pods of them that are there already run as they say.
    func load() {
        for (path, text) in read() {
            let documents = (try? documents(text, path)) ?? []
            pods.withLock { pods in for (index, pod) in documents { pods["\(path)#\(index)"] = pod } }
        }
    }

    /// The pods in a text, with their places.
    private func documents(_ text: String, _ path: String) throws -> [(index: Int, pod: JSONValue)] {
        if path.hasSuffix(".json") { return [(0, try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))] }
        return try Yams.compose_all(yaml: text).map(JSONValue.init(yaml:)).enumerated()
            .filter { $0.element["kind"] == "Pod" }.map { ($0.offset, $0.element) }
    }

    private func create(_ text: String, _ path: String) async throws {
        for (index, document) in try documents(text, path) {
            let key = "\(path)#\(index)"
            pods.withLock { $0[key] = document }
            var pod = document.acceptable
            pod["spec"]?["nodeName"] = .string(nodeName)
            var annotations = pod.at("metadata", "annotations") ?? [:]
            annotations[Self.annotation] = .string(key)
            pod["metadata"]?["annotations"] = annotations
            let collection = "/api/v1/namespaces/\(pod.at("metadata", "namespace")?.string ?? "default")/pods"
            do {
                try await api.send(.POST, collection, pod)
            } catch let failure as APIClient.Failure where failure.status == 409 {
                // One of a rig before is taken over; any other has the name for now.
                let name = pod.at("metadata", "name")?.string ?? ""
                let known = try await api.send(.GET, "\(collection)/\(name)")
                guard known.at("metadata", "annotations", Self.annotation) == .string(key) else { throw failure }
            }
        }
    }

    private func remove(_ path: String) async {
        let gone = pods.withLock { pods in
            let gone = pods.filter { $0.key.hasPrefix("\(path)#") }
            for key in gone.keys { pods[key] = nil }
            return gone.values
        }
        for pod in gone {
            let namespace = pod.at("metadata", "namespace")?.string ?? "default"
            guard let name = pod.at("metadata", "name")?.string else { continue }
            for _ in 0..<20 {
                do {
                    try await api.send(.DELETE, "/api/v1/namespaces/\(namespace)/pods/\(name)")
                    break
                } catch let failure as APIClient.Failure where failure.status == 404 {
                    break
                } catch {
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }
}

extension JSONValue {
    /// A node of YAML as JSON.
    init(yaml node: Yams.Node) {
        switch node {
        case .mapping(let mapping):
            self = .object(
                Dictionary(mapping.map { ($0.key.string ?? "", JSONValue(yaml: $0.value)) }) { $1 })
        case .sequence(let sequence): self = .array(sequence.map(JSONValue.init(yaml:)))
        case .scalar(let scalar):
            if scalar.style != .plain {
                self = .string(scalar.string)
            } else if node.null != nil {
                self = .null
            } else if let flag = node.bool {
                self = .bool(flag)
            } else if let number = node.int {
                self = .int(number)
            } else if let number = node.float {
                self = .double(number)
            } else {
                self = .string(scalar.string)
            }
        case .alias: self = .null
        }
    }

    /// This value with whatever only another one has, at any depth; items of lists are known by their names.
    fileprivate func filled(from other: JSONValue) -> JSONValue {
        switch (self, other) {
        case (.object(let own), .object(let others)):
            return .object(own.merging(others) { $0.filled(from: $1) })
        case (.array(let own), .array(let others)):
            return .array(
                own.map { item in
                    guard let name = item["name"], let twin = others.first(where: { $0["name"] == name }) else {
                        return item
                    }
                    return item.filled(from: twin)
                })
        default: return self
        }
    }

    /// A pod without what an old API server refuses: whatever makes an init container a sidecar, and gRPC probes.
    fileprivate var acceptable: JSONValue {
        var pod = self
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"]
        pod["spec"]?["initContainers"] = self.at("spec", "initContainers")?.array.map { items in
            .array(
                items.map { item in
                    var item = item
                    for key in probes + ["lifecycle", "restartPolicy"] { item[key] = nil }
                    return item
                })
        }
        pod["spec"]?["containers"] = .array(
            (self.at("spec", "containers")?.array ?? []).map { item in
                var item = item
                for key in probes where item[key]?["grpc"] != nil { item[key] = nil }
                return item
            })
        return pod
    }
}
