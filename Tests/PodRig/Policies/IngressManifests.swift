/// Manifests of IngressBackends.
enum IngressManifests {
    /// A backend of the spec.
    ///
    /// - Parameters:
    ///   - tls: further lines of `tls`, such as `sniHosts: [a.b]`.
    static func backend(
        _ service: String = "web", _ port: UInt16 = PolicyPods.httpPort, _ spoken: String = "http",
        skippingCertificates: Bool? = nil, tls: String = ""
    ) -> String {
        var text = "    - name: \(service)\n      port:\n        number: \(port)\n        protocol: \(spoken)\n"
        guard skippingCertificates != nil || !tls.isEmpty else { return text }
        text += "      tls:\n        skipClientCertValidation: \(skippingCertificates ?? false)\n"
        return tls.isEmpty ? text : text + "        \(tls)\n"
    }

    /// The endpoints of a Service.
    static func service(_ name: String = "ingress", in namespace: String = "edge") -> String {
        "    - kind: Service\n      name: \(name)\n      namespace: \(namespace)\n"
    }

    /// The addresses of a range.
    static func range(_ text: String) -> String { "    - kind: IPRange\n      name: \(text)\n" }

    /// A name in a certificate.
    static func principal(_ name: String) -> String { "    - kind: AuthenticatedPrincipal\n      name: \(name)\n" }

    /// An IngressBackend, in `shop` unless said otherwise.
    static func object(
        named name: String = "web", in namespace: String = "shop", creation: String = "2026-01-01T00:00:00Z",
        _ backends: [String], from sources: [String]
    ) -> String {
        PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "IngressBackend", name, in: namespace)
            + "  creationTimestamp: \"\(creation)\"\nspec:\n  backends:\n" + backends.joined() + "  sources:\n"
            + sources.joined()
    }
}
