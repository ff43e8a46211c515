import ManifestSource
import MeshModel
import PolicyCompiler
import XDSCache

/// The text by which people review what a scenario becomes.
///
/// - `shared` holds the resources that all proxies share, `own` those of one proxy; only what differs from the mesh of
///   `base.yaml`. A resource is written as its ``JSONValue/difference(from:)`` from the same one of the base, or from
///   the most similar one (`like`), whichever is shorter. Filter chains are written as if they were resources.
/// - `sees` tells which shared resources proxies see more (`+`) or less (`-`) than in the base.
/// - `gone` names the pods that have no proxy any more.
/// - `diagnoses` is what the authors of objects are told, `manifest` what is wrong with the text itself.
struct ScenarioReview: Sendable {
    private let base: CompiledScenario
    /// The base, and what its services look like where somebody may call them.
    private let shared: Contents
    private let own: [ObjectName: Contents]

    /// A review against the base.
    ///
    /// - Parameters:
    ///   - base: The mesh of `base.yaml`, in which nobody may call anything.
    ///   - permissive: The same in permissive mode: there all its services have listeners, routes and clusters.
    init(base: CompiledScenario, permissive: CompiledScenario) throws {
        self.base = base
        shared = try Contents(sharedIn: permissive)
        own = try base.views.mapValues(Contents.init(ownIn:))
    }

    /// The base in full, `shared` as it would be in permissive mode.
    ///
    /// The versions are hashes of bytes: that they stay as they are shows that every process writes the same bytes.
    func text() throws -> String {
        var members: [String: JSONValue] = [:]
        var models = Contents()
        members["shared"] = shared.review(against: Contents(), &models)
        members["own"] = .object(own: own.sorted { $0.key < $1.key }) { pod, contents in
            contents.labelled(pod).review(against: Contents(), &models)
        }
        members["sees"] = .object(sees: base.views.keys.map { ($0, sees(base, $0)) })
        members["versions"] = .object(
            Dictionary(
                base.views.values.flatMap(\.values).map { ($0.key.description, .text($0.version)) },
                uniquingKeysWith: { $1 }))
        return JSONValue.object(members).text() + "\n"
    }

    /// What a scenario has that the base has not.
    func text(of scenario: Scenario, _ compiled: CompiledScenario) throws -> String {
        var members: [String: JSONValue] = [:]
        var models = shared
        for (pod, contents) in own { models.merge(contents.labelled(pod)) }
        // What no proxy sees is not gone: `sees` tells.
        let sharedNow = try Contents(sharedIn: compiled)
        members["shared"] = sharedNow.review(against: shared.limited(to: sharedNow), &models)
        let pods = compiled.views.keys.sorted()
        members["gone"] = .list(base.views.keys.filter { compiled.views[$0] == nil }.sorted().map { .text("\($0)") })
        members["own"] = try .object(own: pods.map { ($0, try Contents(ownIn: compiled.views[$0] ?? [:])) }) {
            pod, contents in
            contents.labelled(pod).review(against: (own[pod] ?? Contents()).labelled(pod), &models)
        }
        members["sees"] = .object(
            sees: pods.map { pod in
                let new = sees(compiled, pod)
                let old = sees(base, pod)
                return (
                    pod,
                    new.filter { !old.contains($0) }.map { "+ \($0)" }
                        + old.filter { !new.contains($0) }.map { "- \($0)" }
                )
            })
        members["diagnoses"] = .object(
            lists: compiled.diagnoses.map { key, diagnosis in
                (
                    key.description,
                    diagnosis.refusals.map { "refused: \($0)" } + diagnosis.unresolved.map { "unresolved: \($0)" }
                )
            })
        members["manifest"] = .list(scenario.problems.map { .text($0.description) })
        return JSONValue.object(members.filter { !$0.value.isEmpty }).text() + "\n"
    }

    private func sees(_ compiled: CompiledScenario, _ pod: ObjectName) -> [String] {
        (compiled.views[pod] ?? [:]).values.filter(\.key.variant.isEmpty).map(\.key.name.description).sorted()
    }
}

/// The contents of resources by what the review calls them.
private struct Contents: Sendable {
    private var byName: [String: JSONValue] = [:]

    init() {}

    /// What the proxies of a mesh share.
    init(sharedIn compiled: CompiledScenario) throws {
        for view in compiled.views.values {
            for resource in view.values where resource.key.variant.isEmpty { try add(resource) }
        }
    }

    /// What is one proxy's own.
    init(ownIn view: [ResourceName: Resource]) throws {
        for resource in view.values where !resource.key.variant.isEmpty { try add(resource) }
    }

    /// Listeners are added without their chains, of which only the names are left.
    private mutating func add(_ resource: Resource) throws {
        var content = try resource.json()
        if case .object(var members) = content, case .list(let chains)? = members["filter_chains"] {
            var names: [JSONValue] = []
            for chain in chains {
                guard case .object(let fields) = chain, case .text(let name)? = fields["name"] else { continue }
                byName["FilterChain \(name)"] = chain
                names.append(.text(name))
            }
            if names.count == chains.count { members["filter_chains"] = .list(names) }
            content = .object(members)
        }
        byName[resource.key.name.description] = content
    }

    mutating func merge(_ other: Contents) { byName.merge(other.byName) { $1 } }

    /// The same contents under names that hold among those of other proxies.
    func labelled(_ pod: ObjectName) -> Contents {
        var result = Contents()
        for (name, content) in byName { result.byName["\(name) of \(pod)"] = content }
        return result
    }

    /// What is there under the names of another.
    func limited(to other: Contents) -> Contents {
        var result = Contents()
        result.byName = byName.filter { other.byName[$0.key] != nil }
        return result
    }

    /// What is new or different, and what is gone; each may be like one that was written before it.
    ///
    /// - Parameters:
    ///   - old: The same resources of the base.
    ///   - models: What others may be like: it gets what is written.
    func review(against old: Contents, _ models: inout Contents) -> JSONValue {
        var written: [String: JSONValue] = [:]
        for name in byName.keys where byName[name] != old.byName[name] { models.byName[name] = nil }
        for name in old.byName.keys where byName[name] == nil {
            models.byName[name] = nil
            written[name] = .text("gone")
        }
        for (name, content) in byName.sorted(by: { $0.key < $1.key }) where content != old.byName[name] {
            var shortest = old.byName[name].flatMap(content.difference(from:)) ?? content
            let type = name.prefix { $0 != " " }
            for (model, other) in models.byName.sorted(by: { $0.key < $1.key })
            where model.prefix(while: { $0 != " " }) == type {
                var fields = ["like": JSONValue.text(model)]
                if let difference = content.difference(from: other) { fields["differs"] = difference }
                let candidate = JSONValue.object(fields)
                if candidate.length < shortest.length { shortest = candidate }
            }
            written[name] = shortest
            models.byName[name] = content
        }
        return .object(written)
    }
}

extension JSONValue {
    fileprivate var isEmpty: Bool {
        switch self {
        case .list(let items): items.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    fileprivate static func object(lists: [(String, [String])]) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: lists.map { ($0, .list($1.map(JSONValue.text))) }))
    }

    /// Lists by pods, equal ones once.
    fileprivate static func object(sees: [(ObjectName, [String])]) -> JSONValue {
        let groups = Dictionary(grouping: sees.filter { !$0.1.isEmpty }, by: \.1)
        return .object(lists: groups.map { ($1.map(\.0).sorted().map(\.description).joined(separator: ", "), $0) })
    }

    /// What is written of each proxy's own, in one object, since the names tell whose it is.
    fileprivate static func object(
        own: [(ObjectName, Contents)], review: (ObjectName, Contents) -> JSONValue
    ) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (pod, contents) in own {
            if case .object(let written) = review(pod, contents) { members.merge(written) { $1 } }
        }
        return .object(members)
    }
}
