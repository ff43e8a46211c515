import MeshModel
import Testing

@Suite("What is wrong with a MeshConfig")
struct MeshConfigValidationTests {
    private static let gateway = "subjectAltNames: [a], validityDuration: 1h, secret: {name: s, namespace: n}"

    private static let sidecar = [
        Manifest("a log level that is none", "sidecar: {logLevel: loud}", "spec.sidecar.logLevel"),
        Manifest("the log level off", "sidecar: {logLevel: 'off'}"),
        Manifest("no log level", "sidecar: {logLevel: ''}"),
        Manifest(
            "a negative number of proxies", "sidecar: {maxDataPlaneConnections: -1}",
            "spec.sidecar.maxDataPlaneConnections"),
        Manifest("any number of proxies", "sidecar: {maxDataPlaneConnections: 0}"),
        Manifest(
            "an interval without a unit", "sidecar: {configResyncInterval: '30'}", "spec.sidecar.configResyncInterval"),
        Manifest("a negative interval", "sidecar: {configResyncInterval: -30s}", "spec.sidecar.configResyncInterval"),
        Manifest("no interval", "sidecar: {configResyncInterval: 0s}"),
        Manifest(
            "versions that cross", "sidecar: {tlsMinProtocolVersion: TLSv1_3, tlsMaxProtocolVersion: TLSv1_2}",
            "spec.sidecar.tlsMinProtocolVersion"),
        Manifest(
            "a greatest version below the default", "sidecar: {tlsMaxProtocolVersion: TLSv1_1}",
            "spec.sidecar.tlsMinProtocolVersion"),
        Manifest("one version", "sidecar: {tlsMinProtocolVersion: TLSv1_3, tlsMaxProtocolVersion: TLSv1_3}"),
        Manifest(
            "the proxy's own greatest version",
            "sidecar: {tlsMinProtocolVersion: TLSv1_3, tlsMaxProtocolVersion: TLS_AUTO}"),
        Manifest("an empty mode", "sidecar: {localProxyMode: ''}"),
    ]

    private static let traffic = [
        Manifest("ranges", "traffic: {outboundIPRangeExclusionList: [10.0.0.0/8, 0.0.0.0/0, '::/0', 'fd00::1/128']}"),
        Manifest(
            "an address as a range", "traffic: {outboundIPRangeExclusionList: [10.0.0.0/8, 10.0.0.1]}",
            "spec.traffic.outboundIPRangeExclusionList[1]"),
        Manifest(
            "a range too long", "traffic: {outboundIPRangeInclusionList: [10.0.0.0/33]}",
            "spec.traffic.outboundIPRangeInclusionList[0]"),
        Manifest(
            "a range too long of IPv6", "traffic: {outboundIPRangeInclusionList: ['::/129']}",
            "spec.traffic.outboundIPRangeInclusionList[0]"),
        Manifest(
            "a signed range", "traffic: {outboundIPRangeInclusionList: [10.0.0.0/+8]}",
            "spec.traffic.outboundIPRangeInclusionList[0]"),
        Manifest(
            "a range of a name", "traffic: {outboundIPRangeInclusionList: [a/8, '']}",
            "spec.traffic.outboundIPRangeInclusionList[0]", "spec.traffic.outboundIPRangeInclusionList[1]"),
        Manifest("ports", "traffic: {outboundPortExclusionList: [1, 65535], inboundPortExclusionList: [22]}"),
        Manifest("port 0", "traffic: {outboundPortExclusionList: [1, 0]}", "spec.traffic.outboundPortExclusionList[1]"),
        Manifest(
            "port 65536", "traffic: {inboundPortExclusionList: [65536]}", "spec.traffic.inboundPortExclusionList[0]"),
        Manifest("an interface", "traffic: {networkInterfaceExclusionList: [eth0]}"),
        Manifest(
            "an interface without a name", "traffic: {networkInterfaceExclusionList: ['']}",
            "spec.traffic.networkInterfaceExclusionList[0]"),
        Manifest(
            "authorization without an address and port", "traffic: {inboundExternalAuthorization: {enable: true}}",
            "spec.traffic.inboundExternalAuthorization.address", "spec.traffic.inboundExternalAuthorization.port"),
        Manifest("authorization that is off", "traffic: {inboundExternalAuthorization: {enable: false}}"),
        Manifest("authorization", "traffic: {inboundExternalAuthorization: {enable: true, address: a, port: 1}}"),
        Manifest(
            "an authorization time that is none", "traffic: {inboundExternalAuthorization: {timeout: 1}}",
            "spec.traffic.inboundExternalAuthorization.timeout"),
        Manifest(
            "an authorization time of zero", "traffic: {inboundExternalAuthorization: {timeout: 0s}}",
            "spec.traffic.inboundExternalAuthorization.timeout"),
        Manifest("no authorization time", "traffic: {inboundExternalAuthorization: {timeout: ''}}"),
        Manifest(
            "an authorization address that is none",
            "traffic: {inboundExternalAuthorization: {enable: true, address: 'http://a', port: 1}}",
            "spec.traffic.inboundExternalAuthorization.address"),
    ]

    private static let others = [
        Manifest("a log level of the control plane", "observability: {osmLogLevel: disabled}"),
        Manifest("a log level that is none", "observability: {osmLogLevel: loud}", "spec.observability.osmLogLevel"),
        Manifest("the default port", "observability: {tracing: {port: 0}}"),
        Manifest("a port that is none", "observability: {tracing: {port: 65536}}", "spec.observability.tracing.port"),
        Manifest("a negative port", "observability: {tracing: {port: -1}}", "spec.observability.tracing.port"),
        Manifest("a collector", "observability: {tracing: {protocol: otlp, address: a.b, endpoint: /x?y=z}}"),
        Manifest(
            "a protocol that is none", "observability: {tracing: {protocol: OTLP}}",
            "spec.observability.tracing.protocol"),
        Manifest(
            "a collector's address with a port", "observability: {tracing: {address: 'a:1'}}",
            "spec.observability.tracing.address"),
        Manifest(
            "a path that is none", "observability: {tracing: {endpoint: api/v2/spans}}",
            "spec.observability.tracing.endpoint"),
        Manifest(
            "a path with a blank", "observability: {tracing: {endpoint: /a b}}", "spec.observability.tracing.endpoint"),
        Manifest(
            "no validity", "certificate: {serviceCertValidityDuration: 0s}",
            "spec.certificate.serviceCertValidityDuration"),
        Manifest(
            "an empty validity", "certificate: {serviceCertValidityDuration: ''}",
            "spec.certificate.serviceCertValidityDuration"),
        Manifest(
            "days", "certificate: {serviceCertValidityDuration: 1d}", "spec.certificate.serviceCertValidityDuration"),
        Manifest("hours", "certificate: {serviceCertValidityDuration: 1h30m}"),
        Manifest("a key too small", "certificate: {certKeyBitSize: 2047}", "spec.certificate.certKeyBitSize"),
        Manifest("a key too great", "certificate: {certKeyBitSize: 4097}", "spec.certificate.certKeyBitSize"),
        Manifest("keys", "certificate: {certKeyBitSize: 4096}"),
        Manifest("keys of RSA", "certificate: {certKeyBitSize: 4096, keyAlgorithm: rsa}"),
        Manifest("keys of ECDSA", "certificate: {keyAlgorithm: ecdsa-p256}"),
        Manifest("no algorithm", "certificate: {keyAlgorithm: ''}"),
        Manifest("an unknown algorithm", "certificate: {keyAlgorithm: RSA}", "spec.certificate.keyAlgorithm"),
        Manifest("a gateway", "certificate: {ingressGateway: {\(gateway)}}"),
        Manifest(
            "an empty gateway", "certificate: {ingressGateway: {}}", "spec.certificate.ingressGateway.subjectAltNames",
            "spec.certificate.ingressGateway.validityDuration", "spec.certificate.ingressGateway.secret.name",
            "spec.certificate.ingressGateway.secret.namespace"),
        Manifest(
            "names of a gateway",
            "certificate: {ingressGateway: {subjectAltNames: [nginx.edge.cluster.local, A.b, '*.b', osm-controller.osm-system.svc, ''], validityDuration: 1h, secret: {name: s, namespace: n}}}",
            "spec.certificate.ingressGateway.subjectAltNames[1]", "spec.certificate.ingressGateway.subjectAltNames[2]",
            "spec.certificate.ingressGateway.subjectAltNames[3]", "spec.certificate.ingressGateway.subjectAltNames[4]"),
        Manifest("a bad name", whole: "{metadata: {name: X, namespace: n}}", "metadata.name"),
        Manifest("no namespace", whole: "{metadata: {name: x}}", "metadata.namespace"),
    ]

    @Test("is told field by field", arguments: sidecar + traffic + others)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(MeshConfig.self, in: manifest) == manifest.paths)
    }

    @Test("An unknown algorithm of keys leaves ECDSA P-256 in effect, and every other field as it is")
    func algorithm() throws {
        let config = try read(
            MeshConfig.self,
            "{metadata: {name: x, namespace: n}, spec: {certificate: {certKeyBitSize: 4096, keyAlgorithm: dsa}}}")
        #expect(config.certificate.leafAlgorithm == nil)
        #expect(config.inEffect.certificate.leafAlgorithm == .ecdsaP256)
        #expect(config.inEffect.certificate.certKeyBitSize == 4096)
        var rsa = config
        rsa.certificate.keyAlgorithm = "rsa"
        #expect(rsa.inEffect.certificate.leafAlgorithm == .rsa)
    }

    @Test(
        "A gateway with a mistake is another thing than none: what exists for it stays",
        arguments: [
            ("{}", false, false), ("{ingressGateway: {\(gateway)}}", true, true),
            (
                "{ingressGateway: {subjectAltNames: [A], validityDuration: 1h, secret: {name: s, namespace: n}}}", true,
                false
            ),
            ("{ingressGateway: []}", true, false), ("[]", true, false),
        ])
    func gatewayInEffect(certificate: String, exists: Bool, isReadable: Bool) throws {
        let config = try read(
            MeshConfig.self, "{metadata: {name: x, namespace: n}, spec: {certificate: \(certificate)}}")
        #expect((config.inEffect.certificate.ingressGateway != nil) == exists)
        #expect((config.inEffect.certificate.ingressGateway?.isReadable ?? false) == isReadable)
    }

    @Test(
        "is told by its path where a word has no meaning or a type is wrong, and the rest holds",
        arguments: [
            ("sidecar: {tlsMinProtocolVersion: TLSv2}", "spec.sidecar.tlsMinProtocolVersion"),
            ("sidecar: {localProxyMode: localhost}", "spec.sidecar.localProxyMode"),
            ("traffic: {enableEgress: maybe}", "spec.traffic.enableEgress"),
            ("traffic: {outboundPortExclusionList: [a]}", "spec.traffic.outboundPortExclusionList[0]"),
            ("certificate: {certKeyBitSize: big}", "spec.certificate.certKeyBitSize"),
            ("featureFlags: []", "spec.featureFlags"),
            ("sidecar: {resources: {limits: {cpu: [1]}}}", "spec.sidecar.resources.limits.cpu"),
        ])
    func unreadable(spec: String, path: String) throws {
        let rest = "observability: {osmLogLevel: debug}, "
        let config = try read(MeshConfig.self, "{metadata: {name: x, namespace: n}, spec: {\(rest)\(spec)}}")
        #expect(config.validate().map(\.path) == [path])
        #expect(config.validate().allSatisfy { !$0.message.isEmpty })
        #expect(config.inEffect.observability.osmLogLevel == "debug")
        #expect(config.inEffect.sidecar.tlsMinProtocolVersion == .v1_2)
    }

    @Test(
        "lets nobody in unasked where external authorization cannot be read, and keeps the other fields of traffic",
        arguments: [
            ("enable: maybe, address: authz, port: 1", "enable"), ("enable: true, address: authz, port: x", "port"),
            ("enable: true, address: [], port: 1", "address"),
            ("enable: true, address: authz, port: 1, timeout: 1", "timeout"),
        ])
    func unreadableAuthorization(fields: String, field: String) throws {
        func config(_ authorization: String) throws -> MeshConfig {
            try read(
                MeshConfig.self,
                "{metadata: {name: x, namespace: n}, spec: {traffic: {enablePermissiveTrafficPolicyMode: true, "
                    + "inboundExternalAuthorization: \(authorization)}}}")
        }
        let broken = try config("{\(fields)}")
        let path = "spec.traffic.inboundExternalAuthorization"
        #expect(broken.validate().map(\.path).contains("\(path).\(field)"))
        #expect(broken.inEffect.traffic.inboundExternalAuthorization.enable)
        #expect(broken.inEffect.traffic.enablePermissiveTrafficPolicyMode)
        let gone = try config("none")
        #expect(gone.validate().map(\.path).contains(path))
        #expect(gone.inEffect.traffic.inboundExternalAuthorization.enable)
        #expect(!gone.inEffect.traffic.inboundExternalAuthorization.isAddressGood)
        #expect(gone.inEffect.traffic.enablePermissiveTrafficPolicyMode)
    }
}
