import MeshModel
import Testing

@Suite("MeshConfig")
struct MeshConfigTests {
    private static func config(_ spec: String) throws -> MeshConfig {
        try read(MeshConfig.self, "{metadata: {name: osm-mesh-config, namespace: osm-system}, spec: \(spec)}")
    }

    private static let full = """
        apiVersion: config.openservicemesh.io/v1alpha2
        kind: MeshConfig
        metadata: {name: osm-mesh-config, namespace: osm-system}
        spec:
          sidecar:
            enablePrivilegedInitContainer: true
            logLevel: warning
            maxDataPlaneConnections: 100
            envoyImage: envoy:1
            envoyWindowsImage: envoy-windows:1
            initContainerImage: init:1
            configResyncInterval: 90s
            resources: {limits: {cpu: 1.5, memory: 128Mi}, requests: {cpu: 1, memory: 64Mi}}
            tlsMinProtocolVersion: TLSv1_1
            tlsMaxProtocolVersion: TLSv1_2
            cipherSuites: [ECDHE-ECDSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-GCM-SHA256]
            ecdhCurves: [X25519, P-256]
            localProxyMode: PodIP
          traffic:
            enableEgress: true
            outboundIPRangeExclusionList: [10.0.0.0/8]
            outboundIPRangeInclusionList: ["fd00::/8"]
            outboundPortExclusionList: [5432, 3306]
            inboundPortExclusionList: [22]
            networkInterfaceExclusionList: [eth1]
            enablePermissiveTrafficPolicyMode: true
            inboundExternalAuthorization:
              {enable: true, address: opa.n, port: 9191, statPrefix: opa, timeout: 2s, failureModeAllow: true}
          observability:
            osmLogLevel: debug
            enableDebugServer: true
            tracing: {enable: true, port: 9411, address: jaeger.n, endpoint: /api/v2/spans, protocol: otlp}
          certificate:
            serviceCertValidityDuration: 48h
            certKeyBitSize: 4096
            keyAlgorithm: rsa
            ingressGateway:
              {subjectAltNames: [a.b, c.d], validityDuration: 24h, secret: {name: s, namespace: osm-system}}
          featureFlags:
            enableWASMStats: true
            enableEgressPolicy: true
            enableMulticlusterMode: true
            enableSnapshotCacheMode: true
            enableAsyncProxyServiceMapping: true
            enableIngressBackendPolicy: true
            enableEnvoyActiveHealthChecks: true
            enableRetryPolicy: true
            enableMeshRootCertificate: true
        """

    @Test("is read with every field of the original's API")
    func everyField() throws {
        let config = try read(MeshConfig.self, Self.full)
        #expect(config.validate() == [])
        var sidecar = MeshConfig.Sidecar()
        sidecar.enablePrivilegedInitContainer = true
        sidecar.logLevel = "warning"
        sidecar.maxDataPlaneConnections = 100
        sidecar.envoyImage = "envoy:1"
        sidecar.envoyWindowsImage = "envoy-windows:1"
        sidecar.initContainerImage = "init:1"
        sidecar.configResyncInterval = "90s"
        sidecar.resources.limits = ["cpu": "1.5", "memory": "128Mi"]
        sidecar.resources.requests = ["cpu": "1", "memory": "64Mi"]
        sidecar.tlsMinProtocolVersion = .v1_1
        sidecar.tlsMaxProtocolVersion = .v1_2
        sidecar.cipherSuites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"]
        sidecar.ecdhCurves = ["X25519", "P-256"]
        sidecar.localProxyMode = .podIP
        #expect(config.sidecar == sidecar)
        var traffic = MeshConfig.Traffic()
        traffic.enableEgress = true
        traffic.outboundIPRangeExclusionList = ["10.0.0.0/8"]
        traffic.outboundIPRangeInclusionList = ["fd00::/8"]
        traffic.outboundPortExclusionList = [5432, 3306]
        traffic.inboundPortExclusionList = [22]
        traffic.networkInterfaceExclusionList = ["eth1"]
        traffic.enablePermissiveTrafficPolicyMode = true
        traffic.inboundExternalAuthorization.enable = true
        traffic.inboundExternalAuthorization.address = "opa.n"
        traffic.inboundExternalAuthorization.port = 9191
        traffic.inboundExternalAuthorization.statPrefix = "opa"
        traffic.inboundExternalAuthorization.timeout = "2s"
        traffic.inboundExternalAuthorization.failureModeAllow = true
        #expect(config.traffic == traffic)
        var observability = MeshConfig.Observability()
        observability.osmLogLevel = "debug"
        observability.enableDebugServer = true
        observability.tracing.enable = true
        observability.tracing.port = 9411
        observability.tracing.address = "jaeger.n"
        observability.tracing.endpoint = "/api/v2/spans"
        observability.tracing.spokenProtocol = "otlp"
        #expect(config.observability == observability)
        var gateway = MeshConfig.IngressGateway()
        gateway.subjectAltNames = ["a.b", "c.d"]
        gateway.validityDuration = "24h"
        gateway.secret.name = "s"
        gateway.secret.namespace = "osm-system"
        var certificate = MeshConfig.Certificate()
        certificate.serviceCertValidityDuration = "48h"
        certificate.certKeyBitSize = 4096
        certificate.keyAlgorithm = "rsa"
        certificate.ingressGateway = gateway
        #expect(config.certificate == certificate)
        var flags = MeshConfig.FeatureFlags()
        flags.enableWASMStats = true
        flags.enableEgressPolicy = true
        flags.enableMulticlusterMode = true
        flags.enableSnapshotCacheMode = true
        flags.enableAsyncProxyServiceMapping = true
        flags.enableIngressBackendPolicy = true
        flags.enableEnvoyActiveHealthChecks = true
        flags.enableRetryPolicy = true
        flags.enableMeshRootCertificate = true
        #expect(config.featureFlags == flags)
    }

    @Test("has no field that the full object leaves as the empty object has it")
    func nothingUnread() throws {
        // What could not be read is none of the fields.
        let full = leaves(of: try read(MeshConfig.self, Self.full)).filter { !$0.key.hasSuffix("unread") }
        let empty = leaves(of: try Self.config("{}"))
        let unread = full.filter { path, value in empty[path] == value && !path.hasPrefix("metadata") }.keys.sorted()
        #expect(unread == [])
        #expect(full.keys.filter { !$0.hasPrefix("metadata") }.count == 47)
    }

    /// The values of the fields of a value that have no fields themselves, by path.
    private func leaves(of value: Any) -> [String: String] {
        var result: [String: String] = [:]
        for child in Mirror(reflecting: value).children {
            let mirror = Mirror(reflecting: child.value)
            guard let label = child.label else { continue }
            guard mirror.displayStyle == .struct, !mirror.children.isEmpty else {
                result[label] = "\(child.value)"
                continue
            }
            for (path, leaf) in leaves(of: child.value) { result["\(label).\(path)"] = leaf }
        }
        return result
    }

    @Test("with an empty spec has the schema's defaults, else zero values", arguments: ["{}", "null"])
    func emptySpec(spec: String) throws {
        let config = try Self.config(spec)
        #expect(config.validate() == [])
        #expect(config.sidecar.tlsMinProtocolVersion == .v1_2)
        #expect(config.sidecar.tlsMaxProtocolVersion == .v1_3)
        #expect(config.sidecar.localProxyMode == .localhost)
        var expected = MeshConfig.absent
        expected.metadata = config.metadata
        expected.sidecar.tlsMinProtocolVersion = .v1_2
        expected.sidecar.tlsMaxProtocolVersion = .v1_3
        #expect(config == expected)
        let traffic = config.traffic
        #expect(!traffic.enableEgress && !traffic.enablePermissiveTrafficPolicyMode)
        #expect(!traffic.inboundExternalAuthorization.enable && traffic.inboundExternalAuthorization.statPrefix.isEmpty)
        #expect(config.certificate.ingressGateway == nil)
        #expect(config.observability.tracing == MeshConfig.Tracing())
        #expect(config.featureFlags == MeshConfig.FeatureFlags())
        let values = leaves(of: config.featureFlags).values
        #expect(values.count == 9 && values.allSatisfy { $0 == "false" })
    }

    @Test("with empty parts has the defaults inside them")
    func emptyParts() throws {
        let config = try Self.config(
            "{sidecar: {}, traffic: {inboundExternalAuthorization: {}}, observability: {tracing: {}}, certificate: {}, featureFlags: {}}"
        )
        #expect(config.validate() == [])
        var expected = try Self.config("{}")
        expected.traffic.inboundExternalAuthorization.statPrefix = "inboundExtAuthz"
        expected.traffic.inboundExternalAuthorization.timeout = "1s"
        #expect(config == expected)
        // Where the object lacks what the schema requires, the original's own fallbacks hold.
        #expect(config.certificate.serviceCertValidityDuration == "24h")
        #expect(config.certificate.certKeyBitSize == 2048)
        #expect(config.certificate.leafAlgorithm == .ecdsaP256)
    }

    @Test("that is missing has zero values: no permissive mode, no egress")
    func absent() {
        #expect(!MeshConfig.absent.traffic.enablePermissiveTrafficPolicyMode && !MeshConfig.absent.traffic.enableEgress)
        #expect(MeshConfig.absent.sidecar.tlsMinProtocolVersion == nil)
        #expect(MeshConfig.absent.sidecar.tlsMaxProtocolVersion == nil)
    }

    @Test("of the older version is read the same way")
    func older() throws {
        let config = try read(
            MeshConfig.self,
            """
            apiVersion: config.openservicemesh.io/v1alpha1
            metadata: {name: osm-mesh-config, namespace: osm-system}
            spec: {traffic: {enableEgress: true}, sidecar: {logLevel: error}, unknown: {a: 1}}
            """)
        #expect(config.traffic.enableEgress)
        #expect(config.sidecar.logLevel == "error")
        #expect(config.sidecar.tlsMinProtocolVersion == .v1_2)
    }
}
