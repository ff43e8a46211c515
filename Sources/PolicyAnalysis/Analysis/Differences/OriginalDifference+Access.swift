import MeshModel
import MeshPolicy
import PolicyCompiler

/// Who may call whom.
extension OriginalDifference {
    static let access: [OriginalDifference] = [
        OriginalDifference(
            "matches-omitted", "A TrafficTarget rule without `matches` allows every match of its group"
        ) { mesh in
            eachRule(mesh) { target, index, rule in
                guard rule.routeKind == .httpRouteGroup, rule.matches?.isEmpty != false,
                    let group = mesh.contents.httpRouteGroups[
                        ObjectName(namespace: target.namespace, name: rule.name)]?.valid
                else { return nil }
                return target.place(
                    "spec.rules[\(index)]",
                    "allows all \(group.matches.count) matches of \(group.key); in the original it allowed none: name "
                        + "the matches if fewer are meant")
            }
        },
        OriginalDifference("tcp-ports", "A TrafficTarget with HTTPRouteGroup rules only opens no TCP port", tcpPorts),
        OriginalDifference("no-sources", "A TrafficTarget without sources is invalid and allows nothing") { mesh in
            mesh.all(\.trafficTargets).filter(\.sources.isEmpty).map {
                $0.place("spec.sources", "without sources it allows nothing; in the original anyone could call")
            }
        },
        OriginalDifference(
            "namespace-omitted", "An omitted namespace of destination or source is the object's own"
        ) { mesh in
            mesh.valid(\.trafficTargets).flatMap { target -> [FoundPlace] in
                let sources = target.sources.enumerated().filter { $0.element.namespace == nil }.map { index, source in
                    target.place(
                        "spec.sources[\(index)]",
                        "\(source.name) is one of \(target.namespace); in the original the source matched nobody")
                }
                guard let destination = target.destination, destination.namespace == nil else { return sources }
                return [
                    target.place(
                        "spec.destination",
                        "\(destination.name) is one of \(target.namespace); in the original the object was ignored")
                ] + sources
            }
        },
        OriginalDifference("missing-route", "A missing group or route makes its own rule allow nothing") { mesh in
            eachRule(mesh) { target, index, rule in
                let name = ObjectName(namespace: target.namespace, name: rule.name)
                let isMissing =
                    switch rule.routeKind {
                    case .httpRouteGroup: mesh.contents.httpRouteGroups[name]?.valid == nil
                    case .tcpRoute: mesh.contents.tcpRoutes[name]?.valid == nil
                    case .udpRoute, nil: false
                    }
                guard isMissing, target.rules.count > 1 else { return nil }
                return target.place(
                    "spec.rules[\(index)].name",
                    "\(rule.kind) \(name) is missing, and the other rules hold; the original dropped the whole object")
            }
        },
        OriginalDifference("udp-route", "A rule of kind UDPRoute allows nothing and is reported") { mesh in
            eachRule(mesh) { target, index, rule in
                guard rule.routeKind == .udpRoute else { return nil }
                return target.place(
                    "spec.rules[\(index)].kind", "the rule allows nothing; in the original it invalidated the object")
            }
        },
        OriginalDifference("dotted-account", "Identities are compared exactly") { mesh in
            mesh.valid(\.trafficTargets).flatMap { target in
                (target.sourceIdentities + [target.destinationIdentity].compactMap(\.self))
                    .filter { $0.serviceAccount.contains(".") }.map { identity in
                        target.place(
                            "", "the account \(identity) has a dot, at which the original cut its name")
                    }
            }
        },
        OriginalDifference("closed-tcp", "In SMI mode a TCP port without a TrafficTarget is closed", closedPorts),
        OriginalDifference("escaped-path", "A path is normalised before anything is matched") { mesh in
            mesh.valid(\.httpRouteGroups).flatMap { group in
                group.matches.enumerated().compactMap { index, match in
                    let path = (match.pathRegex ?? "").lowercased()
                    let odd = ["%2f", "%5c", "//", "/\\.\\./", "/\\./"].first { path.contains($0) }
                    return odd.map {
                        group.place(
                            "spec.matches[\(index)].pathRegex",
                            "no path that is matched has `\($0)`: escaped slashes are refused, and paths normalised")
                    }
                }
            }
        },
        OriginalDifference("expression", "An expression is checked by RE2's rules") { mesh in
            mesh.all(\.httpRouteGroups).flatMap { group in
                mesh.contents.problems(of: group.key)
                    .filter { $0.path.hasSuffix(".pathRegex") || $0.path.contains(".headers[") }.map {
                        group.place(
                            $0.path,
                            "the group allows nothing; in the original Envoy refused all routes of the port")
                    }
            }
        },
    ]

    /// Every rule of valid targets in namespaces that are not permissive.
    private static func eachRule(
        _ mesh: CompiledMesh, _ place: (TrafficTarget, Int, TrafficTarget.Rule) -> FoundPlace?
    ) -> [FoundPlace] {
        mesh.valid(\.trafficTargets).flatMap { target in
            target.rules.enumerated().compactMap { place(target, $0, $1) }
        }
    }

    @Sendable
    private static func tcpPorts(_ mesh: CompiledMesh) -> [FoundPlace] {
        mesh.valid(\.trafficTargets).compactMap { target in
            guard let destination = target.destinationIdentity,
                !target.rules.contains(where: { $0.routeKind == .tcpRoute })
            else { return nil }
            let ports = mesh.services(of: destination).flatMap { service in
                (mesh.value(MeshService.self, service)?.ports ?? []).filter { $0.wireProtocol == .tcp }.map {
                    "\(service):\($0.port)"
                }
            }
            guard !ports.isEmpty else { return nil }
            return target.place(
                "spec.rules",
                "opens no TCP port, such as \(NearMisses.list(ports, empty: "")); the original opened every one to the "
                    + "sources: add a rule with a TCPRoute if that is meant")
        }
    }

    @Sendable
    private static func closedPorts(_ mesh: CompiledMesh) -> [FoundPlace] {
        let opened = Set(
            mesh.valid(\.trafficTargets).filter { $0.rules.contains { $0.routeKind == .tcpRoute } }
                .compactMap(\.destinationIdentity))
        return mesh.valid(\.services).flatMap { service -> [FoundPlace] in
            guard mesh.value(NamespaceMode.self, service.namespace) == .smi,
                let facts = mesh.value(MeshService.self, service.name)
            else { return [] }
            let identities = Set(mesh.pods(behind: service.name).map(\.identity))
            guard !identities.isEmpty, identities.isDisjoint(with: opened) else { return [] }
            return service.ports.enumerated().compactMap { index, port in
                guard facts.ports.contains(where: { $0.port == port.port && $0.wireProtocol == .tcp }) else {
                    return nil
                }
                return service.place(
                    "spec.ports[\(index)]",
                    "no TrafficTarget with a TCPRoute opens port \(port.port); the original's main branch left it open"
                )
            }
        }
    }
}
