import MeshModel
import MeshPolicy
import PolicyCompiler

/// Ingress.
extension OriginalDifference {
    static let ingress: [OriginalDifference] = [
        OriginalDifference(
            "ingress-namespace", "An IngressBackend opens Services of its own namespace only"
        ) { mesh in
            eachBackend(mesh) { object, index, backend in
                let own = ObjectName(namespace: object.namespace, name: backend.service)
                let others = mesh.contents.services.keys.filter { $0.name == backend.service && $0 != own }.sorted()
                guard mesh.contents.services[own] == nil, let other = others.first else { return nil }
                return object.place(
                    "spec.backends[\(index)].name",
                    "does not open \(other), which is in another namespace; the original's main branch did")
            }
        },
        OriginalDifference("ingress-source", "A source Service may be in any namespace") { mesh in
            mesh.valid(\.ingressBackends).flatMap { object in
                object.sources.enumerated().compactMap { index, source in
                    guard source.sourceKind == .service, mesh.value(NamespaceMode.self, source.namespace) == .outside
                    else { return nil }
                    return object.place(
                        "spec.sources[\(index)].namespace",
                        "\(source.namespace) need not join the mesh, as it had to in the original")
                }
            }
        },
        OriginalDifference(
            "ingress-source-empty", "A source Service without endpoints opens its backend to nobody"
        ) { mesh in
            mesh.valid(\.ingressBackends).flatMap { object in
                object.sources.enumerated().compactMap { index, source in
                    let name = ObjectName(namespace: source.namespace, name: source.name)
                    let hasEndpoints = mesh.contents.endpointSlices.values.compactMap(\.valid)
                        .contains { $0.service == name && !$0.endpoints.isEmpty }
                    guard source.sourceKind == .service, !hasEndpoints else { return nil }
                    return object.place(
                        "spec.sources[\(index)]",
                        "Service \(name) has no endpoints, so nobody may call by it; the original's proxies stopped "
                            + "being configured")
                }
            }
        },
        OriginalDifference(
            "ingress-no-address", "An http backend whose sources hold no address is open to nobody"
        ) { mesh in
            eachBackend(mesh) { object, index, backend in
                guard backend.clientProtocol == .http, !hasAddress(object) else { return nil }
                return object.place("spec.backends[\(index)]", "is open to nobody; the original opened it to everybody")
            }
        },
        OriginalDifference(
            "ingress-skip-validation",
            "`skipClientCertValidation` with AuthenticatedPrincipal alone is open to nobody"
        ) { mesh in
            eachBackend(mesh) { object, index, backend in
                guard backend.clientProtocol == .https, !backend.needsCertificate, !hasAddress(object) else {
                    return nil
                }
                return object.place(
                    "spec.backends[\(index)].tls.skipClientCertValidation",
                    "is open to nobody; the original opened it to everybody")
            }
        },
        OriginalDifference(
            "ingress-no-principal", "https without AuthenticatedPrincipal takes any certificate under the mesh's roots"
        ) { mesh in
            eachBackend(mesh) { object, index, backend in
                guard backend.needsCertificate, object.principals.isEmpty else { return nil }
                return object.place(
                    "spec.backends[\(index)]",
                    "takes any certificate of the mesh, as the original did though its webhook said otherwise")
            }
        },
        OriginalDifference("ingress-protocol-case", "The protocol of a backend may be in upper case") { mesh in
            eachBackend(mesh) { object, index, backend in
                guard backend.portProtocol.contains(where: \.isUppercase) else { return nil }
                return object.place(
                    "spec.backends[\(index)].port.protocol",
                    "`\(backend.portProtocol)` works everywhere; the original compared it verbatim in places")
            }
        },
        OriginalDifference("ingress-any-principal", "`*` as AuthenticatedPrincipal is refused") { mesh in
            mesh.all(\.ingressBackends).flatMap { object in
                object.sources.enumerated().filter {
                    $0.element.sourceKind == .authenticatedPrincipal && $0.element.name == "*"
                }.map {
                    object.place("spec.sources[\($0.offset)].name", "is refused; the original took it for anybody")
                }
            }
        },
        OriginalDifference("ingress-idle-field", "What has no effect (`matches`, `tls` of http, principals of http)") {
            mesh in
            mesh.valid(\.ingressBackends).filter(\.hasMatches).map {
                $0.place("spec.matches", "has no effect, and is told so; the original ignored it silently")
            }
                + eachBackend(mesh) { object, index, backend in
                    guard backend.clientProtocol == .http, backend.tls != nil else { return nil }
                    return object.place(
                        "spec.backends[\(index)].tls",
                        "has no effect on http, and is told so; the original ignored it silently")
                }
        },
    ]

    private static func hasAddress(_ object: IngressBackend) -> Bool {
        object.sources.contains { $0.sourceKind == .service || $0.sourceKind == .ipRange }
    }

    private static func eachBackend(
        _ mesh: CompiledMesh, _ place: (IngressBackend, Int, IngressBackend.Backend) -> FoundPlace?
    ) -> [FoundPlace] {
        mesh.valid(\.ingressBackends).flatMap { object in
            object.backends.enumerated().compactMap { place(object, $0, $1) }
        }
    }
}
