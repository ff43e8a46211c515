import MeshModel
import PolicyCompiler

/// Egress.
extension OriginalDifference {
    static let egress: [OriginalDifference] = [
        OriginalDifference("egress-passthrough", "Policies hold also while `enableEgress` is on") { mesh in
            let config = mesh.contents.meshConfigs[mesh.settings.meshConfigName]?.object.inEffect
            guard config?.traffic.enableEgress == true else { return [] }
            return mesh.valid(\.egresses).map {
                $0.place("", "it restricts its hosts and ports though enableEgress is on; the original ignored it then")
            }
        },
        OriginalDifference("egress-protocol-case", "Protocols are understood in upper and lower case") { mesh in
            mesh.valid(\.egresses).flatMap { policy in
                policy.ports.enumerated().filter { $0.element.protocolName.contains(where: \.isUppercase) }.map {
                    policy.place(
                        "spec.ports[\($0.offset)].protocol",
                        "`\($0.element.protocolName)` works; in the original proxies stopped being updated")
                }
            }
        },
        OriginalDifference("egress-overlap", "Two policies for one host and port add up") { mesh in
            let policies = mesh.valid(\.egresses)
            return policies.enumerated().compactMap { index, policy in
                let other = policies[..<index].first { other in
                    !Set(other.sourceIdentities).isDisjoint(with: policy.sourceIdentities)
                        && !Set(other.hostNames).isDisjoint(with: policy.hostNames)
                        && !Set(other.ports.map(\.number)).isDisjoint(with: policy.ports.map(\.number))
                }
                return other.map {
                    policy.place("spec.hosts", "adds up with \($0.key); the original's Envoy refused the two together")
                }
            }
        },
        OriginalDifference(
            "egress-setting-alone", "An UpstreamTrafficSetting alone in `matches` restricts no request"
        ) { mesh in
            mesh.valid(\.egresses).filter { $0.trafficSetting != nil && $0.routeGroups.isEmpty }.map {
                $0.place("spec.matches", "every request is allowed; the original allowed none")
            }
        },
        OriginalDifference(
            "egress-missing-setting", "A missing UpstreamTrafficSetting leaves the policy in effect without it"
        ) { mesh in
            mesh.valid(\.egresses).compactMap { policy in
                guard let setting = policy.trafficSetting,
                    mesh.contents.upstreamTrafficSettings[setting]?.valid == nil
                else { return nil }
                return policy.place(
                    "spec.matches",
                    "\(setting) is missing, and the policy holds without it; the original dropped it, "
                        + "and with it every update of the proxy")
            }
        },
        OriginalDifference("egress-missing-group", "A missing HTTPRouteGroup allows no request") { mesh in
            mesh.valid(\.egresses).flatMap { policy in
                policy.routeGroups.filter { mesh.contents.httpRouteGroups[$0]?.valid == nil }.map {
                    policy.place(
                        "spec.matches", "\($0) is missing and allows no request; the original told its log only")
                }
            }
        },
        OriginalDifference(
            "egress-server-first",
            "`tcp-server-first` switches inspection off for the sources of the policy alone"
        ) { mesh in
            mesh.valid(\.egresses).flatMap { policy in
                policy.ports.enumerated().filter { $0.element.portProtocol == .tcpServerFirst }.map {
                    policy.place(
                        "spec.ports[\($0.offset)].protocol",
                        "holds for the policy's sources; in the original for all destinations of the port")
                }
            }
        },
        OriginalDifference("egress-families", "`ipAddresses` takes IPv6 ranges") { mesh in
            mesh.valid(\.egresses).flatMap { policy in
                policy.ipAddresses.enumerated().filter { $0.element.contains(":") }.map {
                    policy.place(
                        "spec.ipAddresses[\($0.offset)]", "is read; the original's schema knew IPv4 only")
                }
            }
        },
    ]
}
