import Incremental
import MeshModel

extension DiagnosisQuery {
    /// What is to say about an object of the kind IngressBackend.
    ///
    /// One that holds none of its ports is refused; of one that holds some, the others are told as unresolved.
    static func ingressBackend(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.ingressBackendByName, name).first else { return nil }
        guard let object = row.valid else { return Diagnosis(refusals: row.problems) }
        let lost = IngressReferences.lostBackends(of: object, mesh)
        guard lost.count < object.backends.count else { return Diagnosis(refusals: lost) }
        return Diagnosis(unresolved: lost + IngressReferences.unresolved(object, mesh))
    }
}

/// What an IngressBackend names that is not there, or has no effect.
private enum IngressReferences {
    /// The backends that an older object holds.
    static func lostBackends(of object: IngressBackend, _ mesh: MeshReader) -> [Problem] {
        object.backends.enumerated().compactMap { index, backend in
            guard let target = object.target(of: backend),
                let holder = mesh(HoldingIngressBackend.self, target), holder.name != object.name
            else { return nil }
            return Problem(
                path: "spec.backends[\(index)].port",
                message: "the older IngressBackend \(holder.name) opens port \(backend.port) of \(target.service); "
                    + "this entry does nothing")
        }
    }

    static func unresolved(_ object: IngressBackend, _ mesh: MeshReader) -> [Problem] {
        object.backends.enumerated().flatMap { service(of: $1, "spec.backends[\($0)]", object, mesh) }
            + object.backends.enumerated().flatMap { settings(of: $1, "spec.backends[\($0)]", object) }
            + sources(of: object, mesh)
            + (object.hasMatches
                ? [Problem(path: "spec.matches", message: "means nothing: sources may send every request")] : [])
    }

    /// That the Service is there and leads to the port.
    private static func service(
        of backend: IngressBackend.Backend, _ path: String, _ object: IngressBackend, _ mesh: MeshReader
    ) -> [Problem] {
        guard let target = object.target(of: backend) else { return [] }
        guard let facts = mesh(MeshService.self, target.service) else {
            return [Problem(path: "\(path).name", message: "there is no Service \(target.service) in the mesh")]
        }
        let numbers = Set(facts.ports.flatMap(\.targetPorts)).sorted()
        guard !numbers.contains(target.targetPort) else { return [] }
        var message = "no port of \(target.service) leads to port \(backend.port) of its pods"
        let own = facts.ports.first { $0.port == target.targetPort }.map(\.targetPorts) ?? []
        if !own.isEmpty {
            message += ": its port \(backend.port) leads to \(list(own)), which is the number to write"
        } else if !numbers.isEmpty {
            message += ": they lead to \(list(numbers))"
        }
        return [Problem(path: "\(path).port.number", message: message)]
    }

    private static func list(_ numbers: [UInt16]) -> String { numbers.map(String.init).joined(separator: ", ") }

    /// What is written of a backend and has no effect on it.
    private static func settings(
        of backend: IngressBackend.Backend, _ path: String, _ object: IngressBackend
    ) -> [Problem] {
        var problems: [Problem] = []
        if backend.clientProtocol == .http, backend.tls != nil {
            problems.append(
                Problem(path: "\(path).tls", message: "means nothing for http: write protocol https to speak TLS"))
        }
        guard !backend.needsCertificate else { return problems }
        let isHTTP = backend.clientProtocol == .http
        let reason = isHTTP ? "an http backend has no certificates" : "no certificate is asked for"
        if !object.principals.isEmpty {
            problems.append(
                Problem(
                    path: isHTTP ? "\(path).port.protocol" : "\(path).tls.skipClientCertValidation",
                    message: "\(reason), so the sources of kind AuthenticatedPrincipal mean nothing here"))
        }
        if !object.sources.contains(where: \.isAddress) {
            problems.append(
                Problem(
                    path: "spec.sources",
                    message: "names no Service and no IPRange: \(reason), so nobody may call \(backend.service)"))
        }
        return problems
    }

    private static func sources(of object: IngressBackend, _ mesh: MeshReader) -> [Problem] {
        object.sources.enumerated().compactMap { index, source in
            guard source.sourceKind == .service else { return nil }
            let service = ObjectName(namespace: source.namespace, name: source.name)
            guard mesh(SourceAddresses.self, service).isEmpty else { return nil }
            let isThere = !mesh(\.serviceByName, service).isEmpty
            return Problem(
                path: "spec.sources[\(index)].name",
                message: isThere
                    ? "Service \(service) has no endpoints: nobody may call through it"
                    : "there is no Service \(service): nobody may call through it")
        }
    }
}
