import Foundation
import Injector
import MeshModel
import Testing

/// A pod, where it is created, and what becomes of it.
struct InjectionCase: Decodable, Sendable, CustomTestStringConvertible {
    /// The group that it belongs to: the name of its file.
    var group: String?
    let name: String
    private let pod: Tree?
    private let namespace: Tree?
    private let settings: [String]?
    private let mesh: Tree?
    /// The namespace's name, if it is another.
    private let `in`: String?
    /// Whether Kubernetes 1.20 knows fields of the pod not.
    private let unsupported: Bool?
    /// What other webhooks change once the pod has its sidecar, as a JSON patch; the case is about what follows.
    private let later: Tree?
    let outcome: String
    /// A part of the reason.
    let message: String?
    let warnings: [String]?
    /// Values by their paths in the patched pod.
    let expect: [String: Tree]?

    static let requestUID = "3b1f-request"

    var testDescription: String { name }
    var isNative: Bool { settings?.contains("native") ?? false }
    var isUnsupported: Bool { unsupported ?? false }
    var namespaceName: String { `in` ?? "shop" }

    var hasLaterChanges: Bool { later != nil }

    /// The pod as the injector gets it.
    var submitted: Tree {
        get throws {
            guard let later else { return created }
            guard case .patched(let patch, _) = try outcome(of: created) else { return created }
            return try created.patched(by: patch).patched(by: [UInt8](later.json.utf8))
        }
    }

    /// The pod as it is created: what the case names, over a plain one.
    private var created: Tree {
        let plain: Tree = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "web", "namespace": .text(namespaceName), "labels": ["app": "web"]],
            "spec": ["containers": [["name": "web", "image": "web:1"]]],
        ]
        return pod.map { plain.overlaid(by: $0) } ?? plain
    }

    func outcome(of pod: Tree) throws -> InjectionOutcome {
        let options = settings ?? []
        let hasImages = !options.contains("no-images")
        let injector = PodInjector(
            settings: InjectionSettings(
                envoyImage: hasImages ? "envoy:1" : nil,
                initImage: hasImages && !options.contains("no-init-image") ? "init:1" : nil,
                healthcheckImage: hasImages ? "healthcheck:1" : nil, hasNativeSidecars: isNative,
                redirection: options.contains("cni") ? .plugin : .initContainer))
        let object: Tree = ["metadata": ["name": "osm-mesh-config", "namespace": "osm-system"], "spec": mesh ?? [:]]
        let decoder = JSONDecoder()
        return injector.outcome(
            of: try decoder.decode(SubmittedPod.self, from: Data(try pod.json.utf8)), requestUID: Self.requestUID,
            namespaceName: namespaceName, namespace: known,
            config: try decoder.decode(MeshConfig.self, from: Data(try object.json.utf8)).inEffect)
    }

    /// What the injector knows of the namespace.
    private var known: Namespace? {
        guard namespace != "unknown" else { return nil }
        func texts(_ tree: Tree?, or absent: [String: String]) -> [String: String] {
            tree?.map?.compactMapValues(\.text) ?? absent
        }
        let labels = namespace.flatMap { $0.map?["labels"] }
        let annotations = namespace.flatMap { $0.map?["annotations"] }
        return Namespace(
            metadata: ObjectMetadata(
                name: namespaceName, labels: texts(labels, or: [MeshLabels.monitoredBy: "osm"]),
                annotations: texts(annotations, or: [MeshLabels.sidecarInjection: "enabled"])))
    }
}

extension InjectionCase {
    /// The cases of all files.
    static func all() throws -> [InjectionCase] {
        try ["which-pods", "containers", "redirection", "probes", "later"].flatMap { group in
            let path = Checkout.path("Tests/ClusterTests/Injection/Cases/\(group).yaml")
            let documents = try Tree.documents(yaml: String(contentsOfFile: path, encoding: .utf8))
            return try documents[0].list.map { tree in
                var entry = try JSONDecoder().decode(InjectionCase.self, from: Data(try tree.json.utf8))
                entry.group = group
                return entry
            }
        }
    }

    /// Those in which something moves.
    static func moving() throws -> [InjectionCase] {
        try all().filter { entry in
            guard entry.hasLaterChanges, case .patched(let patch, _) = try entry.outcome(of: entry.submitted) else {
                return false
            }
            return String(decoding: patch, as: UTF8.self).contains(#""op":"move""#)
        }
    }
}
