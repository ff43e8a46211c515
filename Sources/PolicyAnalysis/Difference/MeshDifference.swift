package import MeshModel
package import MeshPolicy
import PolicyCompiler
package import XDSCache

/// What a change of objects does to a mesh.
package struct MeshDifference: Sendable {
    /// A flow that is not as it was.
    package struct FlowChange: Hashable, Sendable {
        /// Who calls.
        package let client: ServiceIdentity
        /// What is called.
        package let port: ServicePort
        /// What was allowed; `nil` where the client's proxy did not know of it.
        package let before: FlowRights?
        /// What is allowed now.
        package let after: FlowRights?

        /// In one word.
        package var kind: Kind {
            let (old, new) = (before?.allowed ?? [], after?.allowed ?? [])
            switch (old.isEmpty, new.isEmpty) {
            case (true, false): return .opened
            case (false, true): return .closed
            case (false, false) where old != new: return .requests
            case (true, true) where (before == nil) != (after == nil): return .reach
            case (false, false), (true, true): return before?.division == after?.division ? .servers : .division
            }
        }

        /// The requests that are allowed now and were not: sorted by text.
        package var gained: [HTTPMatch] { Self.news(after?.allowed ?? [], since: before?.allowed ?? []) }
        /// The requests that were allowed and are not now: sorted by text.
        package var lost: [HTTPMatch] { Self.news(before?.allowed ?? [], since: after?.allowed ?? []) }

        private static func news(_ matches: [HTTPMatch], since old: [HTTPMatch]) -> [HTTPMatch] {
            matches.filter { match in !old.contains { $0.covers(match) } }
        }
    }

    /// In which way a flow is not as it was.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Nothing was allowed, and something is.
        case opened
        /// Something was allowed, and nothing is.
        case closed
        /// Other requests are allowed.
        case requests
        /// Nothing is allowed, or nobody ready to answer, and the client's proxy knows of the port or does no more.
        case reach
        /// Requests divide otherwise.
        case division
        /// The same requests, by other pods' word: some of several pods allow what they did not, or there are none.
        case servers
    }

    /// What may be done outside of the mesh, or from there, that is not as it was: sentences, sorted.
    package struct OutsideChange: Hashable, Sendable {
        /// Who may, or where: an identity, or a service with a port of its pods.
        package let subject: String
        package let gained: [String]
        package let lost: [String]
    }

    /// Proxies of which the same resources are not as they were.
    package struct ResourceChange: Hashable, Sendable {
        /// The pods: sorted.
        package let pods: [ObjectName]
        /// Sorted by name, as are the others.
        package let added: [ResourceName]
        package let changed: [ResourceName]
        package let removed: [ResourceName]
    }

    /// What is said of an object that was not said of it, or is no more.
    package struct DiagnosisChange: Hashable, Sendable {
        package let object: ObjectKey
        /// In the order of the object.
        package let new: [Problem]
        package let gone: [Problem]
    }

    /// The objects that are new, different or gone: sorted.
    package let objects: [ObjectChange]
    /// Sorted by what is called, then who calls.
    package let flows: [FlowChange]
    /// By identity.
    package let egress: [OutsideChange]
    /// By service.
    package let ingress: [OutsideChange]
    /// By the first pod.
    package let resources: [ResourceChange]
    /// By object.
    package let diagnoses: [DiagnosisChange]

    /// An object that is not as it was.
    package struct ObjectChange: Hashable, Sendable {
        /// What became of it.
        package enum Fate: String, Hashable, Sendable { case added, changed, removed }

        package let object: ObjectKey
        package let fate: Fate
    }

    /// Whether nothing is different.
    package var isEmpty: Bool {
        objects.isEmpty && flows.isEmpty && egress.isEmpty && ingress.isEmpty && resources.isEmpty && diagnoses.isEmpty
    }

    /// What is different between two times.
    package init(from old: MeshSnapshot, to new: MeshSnapshot) {
        let known = Set(old.contents.keys)
        objects = new.contents.changes(from: old.contents).map { change in
            ObjectChange(
                object: change.key,
                fate: change.isRemoval ? .removed : known.contains(change.key) ? .changed : .added)
        }
        .sorted { $0.object < $1.object }
        flows = Set(old.flows.keys).union(new.flows.keys).sorted().compactMap { key in
            let (before, after) = (old.flows[key], new.flows[key])
            guard before != after else { return nil }
            return FlowChange(client: key.client, port: key.port, before: before, after: after)
        }
        egress = Self.outside(old.egress, new.egress)
        ingress = Self.outside(old.ingress, new.ingress)
        resources = Self.resources(old.resources, new.resources)
        diagnoses = Set(old.diagnoses.keys).union(new.diagnoses.keys).sorted().compactMap { key in
            let (before, after) = (old.diagnoses[key]?.problems ?? [], new.diagnoses[key]?.problems ?? [])
            let change = DiagnosisChange(
                object: key, new: after.filter { !before.contains($0) }, gone: before.filter { !after.contains($0) })
            return change.new.isEmpty && change.gone.isEmpty ? nil : change
        }
    }

    private static func outside<Subject: Hashable & Comparable & CustomStringConvertible>(
        _ old: [Subject: Set<String>], _ new: [Subject: Set<String>]
    ) -> [OutsideChange] {
        Set(old.keys).union(new.keys).sorted().compactMap { subject in
            let (before, after) = (old[subject] ?? [], new[subject] ?? [])
            guard before != after else { return nil }
            return OutsideChange(
                subject: subject.description, gained: after.subtracting(before).sorted(),
                lost: before.subtracting(after).sorted())
        }
    }

    private static func resources(
        _ old: [ObjectName: [ResourceName: String]], _ new: [ObjectName: [ResourceName: String]]
    ) -> [ResourceChange] {
        var groups: [ResourceChange: [ObjectName]] = [:]
        for pod in Set(old.keys).union(new.keys) {
            let (before, after) = (old[pod] ?? [:], new[pod] ?? [:])
            guard before != after else { continue }
            let change = ResourceChange(
                pods: [], added: after.keys.filter { before[$0] == nil }.sorted(),
                changed: after.filter { before[$0.key] != nil && before[$0.key] != $0.value }.map(\.key).sorted(),
                removed: before.keys.filter { after[$0] == nil }.sorted())
            groups[change, default: []].append(pod)
        }
        return groups.map { change, pods in
            ResourceChange(pods: pods.sorted(), added: change.added, changed: change.changed, removed: change.removed)
        }
        .sorted { $0.pods.lexicographicallyPrecedes($1.pods) }
    }
}

extension Diagnosis {
    /// Everything that is said.
    var problems: [Problem] {
        refusals + unresolved + (outside.map { [Problem(path: "metadata.namespace", message: $0)] } ?? [])
    }
}
