import MeshModel
import MeshPolicy
import PolicyCompiler

/// Rate limits, retries, telemetry and the MeshConfig.
extension OriginalDifference {
    static let limits: [OriginalDifference] = [
        OriginalDifference("setting-host", "The host of an UpstreamTrafficSetting may be any spelling of the Service") {
            mesh in
            mesh.valid(\.upstreamTrafficSettings).compactMap { setting in
                guard let service = setting.service,
                    setting.host != "\(service.name).\(service.namespace).svc.cluster.local"
                else { return nil }
                return setting.place(
                    "spec.host", "`\(setting.host)` means \(service); the original knew the longest spelling only")
            }
        },
        OriginalDifference("route-limit", "Limits of a route hold for every request whose path matches") { mesh in
            mesh.valid(\.upstreamTrafficSettings).filter { setting in
                setting.httpRoutes.contains { $0.rateLimit != nil }
            }.map {
                $0.place(
                    "spec.httpRoutes",
                    "holds for every request with the path, in permissive mode, too; in the original only where a "
                        + "TrafficTarget allowed a match with the same text")
            }
        },
        OriginalDifference("ingress-limit", "Limits hold for clients outside the mesh (IngressBackend), too") { mesh in
            let opened = Set(mesh.valid(\.ingressBackends).flatMap(\.targets).map(\.service))
            return mesh.valid(\.upstreamTrafficSettings).filter { setting in
                (setting.rateLimit != nil || setting.httpRoutes.contains { $0.rateLimit != nil })
                    && setting.service.map(opened.contains) == true
            }.map { $0.place("spec.host", "its limits hold for ingress, too; the original's did not") }
        },
        OriginalDifference("limit-header", "A text with percent signs in `responseHeadersToAdd` is sent as it is") {
            mesh in
            mesh.valid(\.upstreamTrafficSettings).flatMap { setting in
                let headers = setting.rateLimit?.local?.http?.responseHeadersToAdd ?? []
                return headers.enumerated().filter { $0.element.value.contains("%") }.map {
                    setting.place(
                        "spec.rateLimit.local.http.responseHeadersToAdd[\($0.offset)].value",
                        "is sent as it is; the original let Envoy read it as a command")
                }
            }
        },
    ]

    static let retries: [OriginalDifference] = [
        OriginalDifference("retry-flag", "A Retry is always in force") { mesh in
            let config = mesh.contents.meshConfigs[mesh.settings.meshConfigName]?.object
            guard config?.featureFlags.enableRetryPolicy != true else { return [] }
            return mesh.valid(\.retries).map {
                $0.place(
                    "", "is in force, though the MeshConfig's flag enableRetryPolicy is not on as the original wanted")
            }
        },
        OriginalDifference("retry-wildcard", "A destination may be `*` (a namespace, or the mesh)") { mesh in
            mesh.valid(\.retries).flatMap { retry in
                retry.destinations.enumerated().filter { $0.element.name == Retry.wildcard }.map {
                    retry.place("spec.destinations[\($0.offset)]", "means every Service there; the original knew names")
                }
            }
        },
        OriginalDifference("retry-words", "Unknown words in `retryOn` are refused by the field's path") { mesh in
            mesh.all(\.retries).flatMap { retry in
                mesh.contents.problems(of: retry.key).filter { $0.path.hasSuffix(".retryOn") }.map {
                    retry.place($0.path, "is refused; the original passed it on to Envoy, which ignored it")
                }
            }
        },
        OriginalDifference("retry-tcp", "A Retry for a TCP Service is reported") { mesh in
            mesh.valid(\.retries).flatMap { retry in
                retry.destinations.enumerated().compactMap { index, destination -> FoundPlace? in
                    let name = ObjectName(namespace: destination.namespace ?? retry.namespace, name: destination.name)
                    guard let ports = mesh.value(MeshService.self, name)?.ports, !ports.isEmpty,
                        ports.allSatisfy({ $0.wireProtocol == .tcp })
                    else { return nil }
                    return retry.place(
                        "spec.destinations[\(index)]",
                        "\(name) is TCP, which is told; the original accepted it silently")
                }
            }
        },
    ]

    static let observation: [OriginalDifference] = [
        OriginalDifference("telemetry-selector", "A Telemetry with a selector is for pods of its own namespace") {
            mesh in
            mesh.valid(\.telemetries).filter { !$0.selector.isEmpty && $0.namespace != mesh.settings.osmNamespace }.map
            {
                $0.place("spec.selector", "selects pods of \($0.namespace); the original's those of every namespace")
            }
        },
        OriginalDifference("telemetry-log", "A Telemetry without `accessLog` keeps the default log") { mesh in
            mesh.valid(\.telemetries).filter { $0.accessLog == nil }.map {
                $0.place("spec.accessLog", "pods keep the default log; the original's controller crashed")
            }
        },
        OriginalDifference("telemetry-format", "A log format that Envoy would refuse is `Accepted=False`") { mesh in
            mesh.all(\.telemetries).flatMap { telemetry in
                mesh.contents.problems(of: telemetry.key).filter { $0.path.hasPrefix("spec.accessLog") }.map {
                    telemetry.place($0.path, "reaches no proxy; the original sent it, and proxies kept what they had")
                }
            }
        },
        OriginalDifference("extension-protocol", "An ExtensionService without a protocol speaks HTTP/2") { mesh in
            mesh.contents.extensionServices.values.compactMap(\.valid).sorted { $0.name < $1.name }
                .filter { $0.spokenProtocol.isEmpty }.map {
                    $0.place("spec.protocol", "is HTTP/2; the original followed the request's protocol")
                }
        },
        OriginalDifference("resync-interval", "`configResyncInterval` is read and does nothing") { mesh in
            guard let config = mesh.contents.meshConfigs[mesh.settings.meshConfigName]?.object,
                !["", "0s"].contains(config.sidecar.configResyncInterval)
            else { return [] }
            return [
                config.place(
                    "spec.sidecar.configResyncInterval",
                    "does nothing: what a proxy has is compared at every acknowledgement")
            ]
        },
        OriginalDifference("bad-setting", "`maxDataPlaneConnections`, `osmLogLevel` and all fields of tracing") {
            mesh in
            guard let config = mesh.contents.meshConfigs[mesh.settings.meshConfigName] else { return [] }
            return config.problems.map {
                config.object.place($0.path, "the default is in effect; the original read it as whatever it could")
            }
        },
    ]
}
