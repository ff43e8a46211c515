import MeshModel
import MeshPolicy
import XDSCache

extension MeshDifference {
    /// The difference for people, in lines.
    ///
    /// - Parameter listsResources: Whether each resource is named, not only counted.
    package func lines(listsResources: Bool = false) -> [String] {
        guard !isEmpty else { return ["Nothing is different."] }
        var lines: [String] = []
        func section(_ title: String, _ entries: [String]) {
            guard !entries.isEmpty else { return }
            lines += (lines.isEmpty ? [] : [""]) + [title] + entries.map { "  \($0)" }
        }
        section("Objects", objects.map { "\($0.fate.mark) \($0.object)" })
        section("Flows", flowLines)
        section("Out of the mesh", egress.flatMap(\.lines))
        section("Into the mesh", ingress.flatMap(\.lines))
        section("What authors are told", diagnoses.flatMap(\.lines))
        section("Proxies", resources.flatMap { $0.lines(listsResources: listsResources) })
        return lines
    }

    /// Clients of one port whose rights changed alike stand together.
    private var flowLines: [String] {
        struct Alike: Hashable {
            let port: ServicePort
            let before: FlowRights?
            let after: FlowRights?
        }
        var order: [Alike] = []
        var groups: [Alike: [FlowChange]] = [:]
        for flow in flows {
            let alike = Alike(port: flow.port, before: flow.before, after: flow.after)
            if groups[alike] == nil { order.append(alike) }
            groups[alike, default: []].append(flow)
        }
        return order.flatMap { alike -> [String] in
            guard let changes = groups[alike], let first = changes.first else { return [] }
            let clients = NearMisses.list(changes.map(\.client.description), empty: "")
            return ["\(first.kind.mark) \(clients) -> \(alike.port): \(first.kind.words)"] + first.details
        }
    }
}

extension MeshDifference.ObjectChange.Fate {
    var mark: String {
        switch self {
        case .added: "+"
        case .changed: "~"
        case .removed: "-"
        }
    }
}

extension MeshDifference.Kind {
    var mark: String {
        switch self {
        case .opened: "+"
        case .closed: "-"
        case .requests, .reach, .division, .servers: "~"
        }
    }

    /// What happened, in words.
    package var words: String {
        switch self {
        case .opened: "becomes allowed"
        case .closed: "becomes denied"
        case .requests: "other requests are allowed"
        case .reach: "the client's proxy gets, or loses, a listener; nobody is there to answer who allows it"
        case .division: "requests divide otherwise"
        case .servers: "other pods allow it"
        }
    }
}

extension MeshDifference.FlowChange {
    /// What is allowed more and less, and how requests divide where that changed.
    package var details: [String] {
        var lines = gained.map { "    + \($0.words)" } + lost.map { "    - \($0.words)" }
        if let before, let after, before.division != after.division {
            lines += before.division.map { "    - \($0.words)" } + after.division.map { "    + \($0.words)" }
        }
        return lines
    }
}

extension FlowRights.Branch {
    /// Which requests, and who shares them.
    package var words: String {
        let parts = shares.map { "\($0.service) \($0.weight)" }
        let who = parts.isEmpty ? "nobody (503)" : parts.joined(separator: " : ")
        return match.map { "\($0.words) to \(who)" } ?? "to \(who)"
    }
}

extension MeshDifference.OutsideChange {
    var lines: [String] {
        ["~ \(subject)"] + gained.map { "    + \($0)" } + lost.map { "    - \($0)" }
    }
}

extension MeshDifference.DiagnosisChange {
    var lines: [String] { new.map { "+ \(object): \($0)" } + gone.map { "- \(object): \($0)" } }
}

extension MeshDifference.ResourceChange {
    func lines(listsResources: Bool) -> [String] {
        let who =
            pods.count > 3
            ? "\(pods.count) proxies, such as \(pods[0])"
            : NearMisses.list(
                pods.map(\.description), empty: "")
        let counts = [(added.count, "added"), (changed.count, "changed"), (removed.count, "removed")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let head = "\(who): \(counts.joined(separator: ", "))"
        guard listsResources else { return [head] }
        return [head] + added.map { "    + \($0)" } + changed.map { "    ~ \($0)" } + removed.map { "    - \($0)" }
    }
}
