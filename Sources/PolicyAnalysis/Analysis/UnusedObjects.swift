import MeshModel
import MeshPolicy
import PolicyCompiler

/// Finds objects that nothing uses.
struct UnusedObjects {
    let mesh: CompiledMesh

    private var contents: MeshContents { mesh.contents }

    /// By kind, then name.
    var found: [FoundPlace] { routes + matches + targets + clients + telemetries + collectors + settings }

    /// Route objects that no policy names.
    private var routes: [FoundPlace] {
        var groups: Set<ObjectName> = []
        var tcpRoutes: Set<ObjectName> = []
        for target in contents.trafficTargets.values.map(\.object) {
            for rule in target.rules {
                let name = ObjectName(namespace: target.namespace, name: rule.name)
                switch rule.routeKind {
                case .httpRouteGroup: groups.insert(name)
                case .tcpRoute: tcpRoutes.insert(name)
                case .udpRoute, nil: break
                }
            }
        }
        for split in contents.trafficSplits.values.map(\.object) {
            groups.formUnion(split.matches.map { ObjectName(namespace: split.namespace, name: $0.name) })
        }
        for policy in contents.egresses.values.map(\.object) { groups.formUnion(policy.routeGroups) }
        func unused<Object>(
            _ kind: ObjectKind, _ rows: [ObjectName: ObjectRow<Object>], _ used: Set<ObjectName>, _ users: String
        ) -> [FoundPlace] {
            rows.keys.filter { !used.contains($0) }.sorted().map {
                FoundPlace(
                    object: ObjectKey(kind: kind, name: $0), path: "", message: "no \(users) names it: it does nothing")
            }
        }
        return unused(
            .httpRouteGroup, contents.httpRouteGroups, groups, "TrafficTarget, TrafficSplit or Egress")
            + unused(.tcpRoute, contents.tcpRoutes, tcpRoutes, "TrafficTarget")
    }

    /// Matches of groups that TrafficTargets name, none of which names the match.
    private var matches: [FoundPlace] {
        var named: [ObjectName: Set<String>] = [:]
        var whole: Set<ObjectName> = []
        for target in contents.trafficTargets.values.map(\.object) {
            for rule in target.rules where rule.routeKind == .httpRouteGroup {
                let name = ObjectName(namespace: target.namespace, name: rule.name)
                guard let matches = rule.matches, !matches.isEmpty else {
                    whole.insert(name)
                    continue
                }
                named[name, default: []].formUnion(matches)
            }
        }
        for split in contents.trafficSplits.values.map(\.object) {
            whole.formUnion(split.matches.map { ObjectName(namespace: split.namespace, name: $0.name) })
        }
        for policy in contents.egresses.values.map(\.object) { whole.formUnion(policy.routeGroups) }
        return named.filter { !whole.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { name, used in
            (contents.httpRouteGroups[name]?.object.matches ?? []).enumerated().compactMap { index, match in
                guard !used.contains(match.name) else { return nil }
                return FoundPlace(
                    object: ObjectKey(kind: .httpRouteGroup, name: name), path: "spec.matches[\(index)]",
                    message: "no rule of a TrafficTarget names the match `\(match.name)`: it allows nothing")
            }
        }
    }

    /// Who has a pod with a sidecar.
    private var identities: Set<ServiceIdentity> {
        Set(contents.pods.values.compactMap(\.valid).filter { $0.isMeshPod && !$0.isTerminal }.map(\.identity))
    }

    /// TrafficTargets that meet nobody, and those in permissive mode.
    private var targets: [FoundPlace] {
        let identities = identities
        return contents.trafficTargets.values.compactMap(\.valid).sorted { $0.name < $1.name }
            .flatMap { target -> [FoundPlace] in
                func place(_ path: String, _ message: String) -> FoundPlace {
                    FoundPlace(object: target.key, path: path, message: message)
                }
                if mesh.value(NamespaceMode.self, target.namespace) == .permissive {
                    return [
                        place(
                            "",
                            "\(target.namespace) is in permissive mode, where everybody may call: it restricts nobody")
                    ]
                }
                var found: [FoundPlace] = []
                if let destination = target.destinationIdentity, !identities.contains(destination) {
                    found.append(place("spec.destination.name", "no pod with a sidecar runs as \(destination)"))
                }
                for (index, source) in target.sources.enumerated() {
                    let identity = ServiceIdentity(
                        namespace: source.namespace ?? target.namespace, serviceAccount: source.name)
                    guard !identities.contains(identity) else { continue }
                    found.append(place("spec.sources[\(index)].name", "no pod with a sidecar runs as \(identity)"))
                }
                return found
            }
    }

    /// Policies for the calls of somebody who has no pod.
    private var clients: [FoundPlace] {
        let identities = identities
        let egresses = mesh.valid(\.egresses).flatMap { policy in
            policy.sources.enumerated().compactMap { index, source -> FoundPlace? in
                let identity = ServiceIdentity(namespace: source.namespace, serviceAccount: source.name)
                guard policy.sourceIdentities.contains(identity), !identities.contains(identity) else { return nil }
                return policy.place("spec.sources[\(index)].name", "no pod with a sidecar runs as \(identity)")
            }
        }
        let retries = mesh.valid(\.retries).compactMap { retry -> FoundPlace? in
            guard let identity = retry.sourceIdentity, !identities.contains(identity) else { return nil }
            return retry.place("spec.source.name", "no pod with a sidecar runs as \(identity)")
        }
        return egresses + retries
    }

    /// Telemetries by which no proxy goes.
    private var telemetries: [FoundPlace] {
        let pods = mesh.proxies.values.joined()
        let used = Set(pods.compactMap { mesh.view(of: $0)?.variant.telemetry })
        return mesh.valid(\.telemetries)
            .filter { !used.contains($0.name) && mesh.diagnosis(of: $0.key)?.refusals.isEmpty == true }.map {
                $0.place(
                    "spec.selector",
                    "no proxy goes by it: it selects no pod with a sidecar, or for all of them Telemetries hold that "
                        + "say more exactly whom they mean, or are older")
            }
    }

    /// ExtensionServices that no Telemetry names.
    private var collectors: [FoundPlace] {
        let used = Set(
            contents.telemetries.values.compactMap { $0.object.accessLog?.openTelemetry?.extensionService })
        return contents.extensionServices.keys.filter { !used.contains($0) }.sorted().map {
            FoundPlace(
                object: ObjectKey(kind: .extensionService, name: $0), path: "",
                message: "no Telemetry names it: nothing is sent to it")
        }
    }

    /// Settings for hosts outside of the mesh that no Egress names.
    private var settings: [FoundPlace] {
        let used = Set(contents.egresses.values.compactMap(\.object.trafficSetting))
        return contents.upstreamTrafficSettings.values.compactMap(\.valid)
            .filter { $0.service == nil && !used.contains($0.name) }.sorted { $0.name < $1.name }.map {
                FoundPlace(
                    object: $0.key, path: "spec.host",
                    message: "`\($0.host)` is no Service of the namespace, and no Egress names the setting: it does "
                        + "nothing")
            }
    }
}
