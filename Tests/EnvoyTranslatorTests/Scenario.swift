import Foundation
import ManifestSource
import MeshModel
import PolicyCompiler
import XDSCache

/// A folder of `Tests/Scenarios`: what it adds to the mesh of `base.yaml`, or takes from it.
struct Scenario: Sendable {
    /// The folder.
    let name: String
    /// The objects of the mesh: the base's, with those of the folder added or in their place.
    let objects: [ManifestObject]
    /// What is wrong with the manifests themselves.
    let problems: [ManifestProblem]
    /// The trust domains of the mesh, that which is signed for first: the lines of a file `trust-domains`, if there is one.
    var trustDomains = ["cluster.local"]
    /// What pods have called, each a line `NAMESPACE/POD ADDRESS:PORT` of a file `calls`; with such a file views are lazy.
    var calls: [(pod: ObjectName, address: SocketAddress)]?

    /// `Tests/Scenarios`.
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scenarios")

    /// The names of the folders, sorted.
    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(\.lastPathComponent).sorted()
    }

    /// The folder of a name.
    init(_ name: String) throws {
        self.name = name
        let folder = Self.directory.appending(path: name)
        let base = try Self.file(Self.directory.appending(path: "base.yaml"))
        let own = try Self.file(folder.appending(path: "objects.yaml"))
        var objects: [ObjectKey: ManifestObject] = [:]
        for entry in base.entries + own.entries { objects[entry.object.key] = entry.object }
        if let text = try? String(contentsOf: folder.appending(path: "without"), encoding: .utf8) {
            for line in text.split(separator: "\n") {
                guard let key = objects.keys.first(where: { $0.description == line }) else {
                    throw UnknownObject(scenario: name, object: String(line))
                }
                objects[key] = nil
            }
        }
        self.objects = objects.sorted { $0.key < $1.key }.map(\.value)
        problems = own.problems
        if let text = try? String(contentsOf: folder.appending(path: "trust-domains"), encoding: .utf8) {
            trustDomains = text.split(separator: "\n").map(String.init)
        }
        if let text = try? String(contentsOf: folder.appending(path: "calls"), encoding: .utf8) {
            calls = try text.split(separator: "\n").map { try Self.call($0, in: name) }
        }
    }

    /// The mesh of `base.yaml` alone.
    static func base() throws -> Scenario {
        let file = try file(directory.appending(path: "base.yaml"))
        return Scenario(name: "base", objects: file.entries.map(\.object), problems: file.problems)
    }

    /// The same without the objects of a kind.
    func without(_ kind: ObjectKind) -> Scenario {
        var scenario = Scenario(name: name, objects: objects.filter { $0.key.kind != kind }, problems: problems)
        scenario.trustDomains = trustDomains
        return scenario
    }

    private init(name: String, objects: [ManifestObject], problems: [ManifestProblem]) {
        self.name = name
        self.objects = objects
        self.problems = problems
    }

    private static func call(
        _ line: Substring, in scenario: String
    ) throws -> (pod: ObjectName, address: SocketAddress) {
        let words = line.split(separator: " ").map(String.init)
        let pod = (words.first ?? "").split(separator: "/").map(String.init)
        guard words.count == 2, pod.count == 2,
            let address = ResourceName(.cluster, ResourceName.onDemandPrefix + words[1]).onDemandAddress
        else { throw UnknownObject(scenario: scenario, object: String(line)) }
        return (ObjectName(namespace: pod[0], name: pod[1]), address)
    }

    private static func file(_ url: URL) throws -> ManifestFile {
        ManifestFile(name: url.lastPathComponent, text: try String(contentsOf: url, encoding: .utf8))
    }
}

/// A file `without` names an object that the base does not have.
struct UnknownObject: Error {
    let scenario: String
    let object: String
}

extension ManifestObject {
    /// The change that brings the object into the tables.
    var change: TableChange {
        switch self {
        case .namespace(let object): Namespace.change(for: .set(object))
        case .pod(let object): Pod.change(for: .set(object))
        case .service(let object): Service.change(for: .set(object))
        case .serviceAccount(let object): ServiceAccount.change(for: .set(object))
        case .endpointSlice(let object): EndpointSlice.change(for: .set(object))
        case .meshConfig(let object): MeshConfig.change(for: .set(object))
        case .trafficTarget(let object): TrafficTarget.change(for: .set(object))
        case .httpRouteGroup(let object): HTTPRouteGroup.change(for: .set(object))
        case .tcpRoute(let object): TCPRoute.change(for: .set(object))
        case .trafficSplit(let object): TrafficSplit.change(for: .set(object))
        case .egress(let object): Egress.change(for: .set(object))
        case .ingressBackend(let object): IngressBackend.change(for: .set(object))
        case .retry(let object): Retry.change(for: .set(object))
        case .upstreamTrafficSetting(let object): UpstreamTrafficSetting.change(for: .set(object))
        case .telemetry(let object): Telemetry.change(for: .set(object))
        case .extensionService(let object): ExtensionService.change(for: .set(object))
        }
    }
}
