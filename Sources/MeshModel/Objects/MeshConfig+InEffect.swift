extension MeshConfig {
    /// What of the configuration is in effect: a field with a problem has its default, a wrong element of a list is
    /// left out, and everything else holds.
    ///
    /// So a mistake in one field does not switch the others, such as permissive mode, and two replicas that see the
    /// object for the first time agree. The address of external authorization stays as it is written: with a mistake in
    /// it nobody is let in unasked.
    public var inEffect: MeshConfig {
        let paths = Set(validate().map(\.path))
        guard !paths.isEmpty else { return self }
        var config = self
        config.reset(paths)
        return config
    }

    private mutating func reset(_ paths: Set<String>) {
        let none = MeshConfig.absent
        func restore<Value>(_ path: String, _ field: WritableKeyPath<MeshConfig, Value>, _ value: Value) {
            if paths.contains("spec.\(path)") { self[keyPath: field] = value }
        }
        func filter<Value>(_ path: String, _ list: WritableKeyPath<MeshConfig, [Value]>) {
            self[keyPath: list] = self[keyPath: list].enumerated()
                .filter { !paths.contains("spec.\(path)[\($0.offset)]") }.map(\.element)
        }
        restore("sidecar.logLevel", \.sidecar.logLevel, none.sidecar.logLevel)
        restore("sidecar.maxDataPlaneConnections", \.sidecar.maxDataPlaneConnections, 0)
        restore("sidecar.configResyncInterval", \.sidecar.configResyncInterval, none.sidecar.configResyncInterval)
        if paths.contains("spec.sidecar.tlsMinProtocolVersion") {
            sidecar.tlsMinProtocolVersion = .v1_2
            sidecar.tlsMaxProtocolVersion = .v1_3
        }
        filter("sidecar.cipherSuites", \.sidecar.cipherSuites)
        filter("sidecar.ecdhCurves", \.sidecar.ecdhCurves)
        filter("traffic.outboundIPRangeExclusionList", \.traffic.outboundIPRangeExclusionList)
        filter("traffic.outboundIPRangeInclusionList", \.traffic.outboundIPRangeInclusionList)
        filter("traffic.outboundPortExclusionList", \.traffic.outboundPortExclusionList)
        filter("traffic.inboundPortExclusionList", \.traffic.inboundPortExclusionList)
        filter("traffic.networkInterfaceExclusionList", \.traffic.networkInterfaceExclusionList)
        restore("observability.osmLogLevel", \.observability.osmLogLevel, none.observability.osmLogLevel)
        restore("observability.tracing.protocol", \.observability.tracing.spokenProtocol, "")
        restore("observability.tracing.port", \.observability.tracing.port, 0)
        restore("observability.tracing.address", \.observability.tracing.address, "")
        restore("observability.tracing.endpoint", \.observability.tracing.endpoint, "")
        restore(
            "traffic.inboundExternalAuthorization.timeout", \.traffic.inboundExternalAuthorization.timeout, "1s")
        let certificate = none.certificate
        restore(
            "certificate.serviceCertValidityDuration", \.certificate.serviceCertValidityDuration,
            certificate.serviceCertValidityDuration)
        restore("certificate.certKeyBitSize", \.certificate.certKeyBitSize, certificate.certKeyBitSize)
        restore("certificate.keyAlgorithm", \.certificate.keyAlgorithm, certificate.keyAlgorithm)
        if paths.contains(where: { $0.hasPrefix("spec.certificate.ingressGateway") }) {
            self.certificate.ingressGateway = .unreadable
        }
    }
}
