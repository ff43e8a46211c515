import MeshModel
import MeshPolicy
import PolicyCompiler

/// Services.
extension OriginalDifference {
    /// What the original knew.
    private static let protocols = ["http", "grpc", "tcp", "tcp-server-first"]

    static let services: [OriginalDifference] = [
        OriginalDifference("app-protocol", "An unknown `appProtocol` is TCP") { mesh in
            eachPort(mesh) { service, index, port in
                guard let word = port.appProtocol, !word.isEmpty, !protocols.contains(word), port.transport == "TCP"
                else { return nil }
                let read = port.applicationProtocol == .http ? "HTTP" : "TCP"
                return service.place(
                    "spec.ports[\(index)].appProtocol",
                    "`\(word)` is read as \(read); the original left the port without configuration")
            }
        },
        OriginalDifference("port-name", "A port named just `http` or `tcp` says its protocol") { mesh in
            eachPort(mesh) { service, index, port in
                // The original took all of these for http, so those that are HTTP here are what they were.
                let isWhole = !port.name.contains("-") || port.name == "tcp-server-first"
                let isOther = ["https", "tls", "mysql", "mongo", "redis"].contains(
                    String(port.name.prefix { $0 != "-" }))
                guard port.appProtocol?.isEmpty != false, isWhole || isOther, port.transport == "TCP",
                    port.applicationProtocol != .http
                else { return nil }
                return service.place(
                    "spec.ports[\(index)].name",
                    "a port named `\(port.name)` is TCP; the original took it for HTTP")
            }
        },
        OriginalDifference("udp-port", "UDP and SCTP ports are left alone") { mesh in
            eachPort(mesh) { service, index, port in
                guard port.transport != "TCP" else { return nil }
                return service.place(
                    "spec.ports[\(index)].protocol",
                    "\(port.transport) is left alone; the original built TCP configuration for it")
            }
        },
        OriginalDifference(
            "foreign-endpoint", "An endpoint that is no pod of the mesh gets no mutual TLS and is egress"
        ) {
            mesh in
            mesh.valid(\.services).compactMap { service in
                let slices = mesh.contents.endpointSlices.values.compactMap(\.valid)
                    .filter { $0.service == service.name }
                let isForeign = slices.flatMap(\.endpoints).contains { endpoint in
                    guard let pod = endpoint.pod.flatMap({ mesh.contents.pods[$0.name]?.valid }) else {
                        return endpoint.pod == nil
                    }
                    return !pod.isMeshPod
                }
                return isForeign
                    ? service.place("", "some endpoints are no pods with a sidecar; the original offered them as such")
                    : nil
            }
        },
        OriginalDifference("headless", "Pods of a headless Service are reached each by its own address") { mesh in
            mesh.valid(\.services).filter { $0.clusterIPs.isEmpty && $0.type != "ExternalName" && !$0.selector.isEmpty }
                .map {
                    $0.place(
                        "spec.clusterIP",
                        "each pod is reached by its own address; the original's main branch made up names that collide")
                }
        },
        OriginalDifference("families", "Both families of addresses work") { mesh in
            mesh.valid(\.services).filter { $0.clusterIPs.contains { $0.family == .v6 } }.map {
                $0.place("spec.clusterIPs", "its IPv6 address works, too; the original knew IPv4 alone")
            }
        },
    ]

    private static func eachPort(
        _ mesh: CompiledMesh, _ place: (Service, Int, Service.Port) -> FoundPlace?
    ) -> [FoundPlace] {
        mesh.valid(\.services).flatMap { service in
            service.ports.enumerated().compactMap { place(service, $0, $1) }
        }
    }
}
