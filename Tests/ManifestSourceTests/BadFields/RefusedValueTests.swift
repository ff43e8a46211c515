import MeshModel
import Testing

@testable import ManifestSource

@Suite("Values that a schema refuses")
struct RefusedValueTests {
    /// What a schema refuses and the mesh takes all the same.
    private static let taken: [ObjectKind: Set<String>] = [
        // What is missing has its default.
        .meshConfig: [
            "certificate.certKeyBitSize: missing", "certificate.serviceCertValidityDuration: missing",
            // It is looked at where the authorization is on.
            "traffic.inboundExternalAuthorization.port: far below zero",
            "traffic.inboundExternalAuthorization.port: less than 1",
            "traffic.inboundExternalAuthorization.port: more than 65535",
        ],
        // The specification's word: none listed means every port.
        .tcpRoute: [".matches: missing", "matches.ports: missing"],
        .ingressBackend: [
            "backends[].tls.skipClientCertValidation: missing",
            // That `matches` is there is reported, whatever is in it.
            "matches[].apiGroup: missing", "matches[].kind: missing", "matches[].name: missing",
        ],
        // A name that is missing is every name, a namespace the object's own, a time Envoy's.
        .retry: [
            "destinations[].name: missing", "destinations[].namespace: missing", "source.namespace: missing",
            "retryPolicy.perTryTimeout: missing", "retryPolicy.retryBackoffBaseInterval: missing",
        ],
    ]

    @Test("are told by the field's path, also where no API server has looked at them", arguments: SchemaField.kinds)
    func refusedValues(kind: ObjectKind) throws {
        var taken: Set<String> = []
        for field in try SchemaField.all(of: kind) {
            for (value, reason) in field.refused where !field.problems(with: value).contains(field.path) {
                taken.insert("\(field.shortPath): \(reason)")
            }
            for name in field.required {
                // What is missing is told where it would be, or where it is missing.
                let path = "\(field.path).\(name)"
                let without = SchemaField.paths(field.manifest.setting((field.steps + [.key(name)])[...], to: nil))
                if !without.contains(where: { $0 == path || $0 == field.path || $0.hasPrefix("\(path).") }) {
                    taken.insert("\(field.shortPath).\(name): missing")
                }
            }
        }
        #expect(taken.subtracting(Self.taken[kind] ?? []).sorted() == [])
    }
}
