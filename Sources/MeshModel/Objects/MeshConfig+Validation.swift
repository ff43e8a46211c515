extension MeshConfig {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata)
    }

    /// The words for Envoy's log level; empty stands for the default.
    private static let logLevels = ["trace", "debug", "info", "warning", "warn", "error", "critical", "off"]
    /// The words for the control plane's log level, as the original's; empty stands for the default.
    private static let controlPlaneLogLevels = [
        "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic", "disabled",
    ]
    /// The sizes of RSA keys that the original accepts.
    private static let keySizes = 2048...4096

    /// Durations, ranges of addresses, ports, the size of keys and the versions of TLS.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        for problem in unread { list.add(problem.path, problem.message) }
        checkSidecar(&list)
        checkTLSNames(&list)
        checkTraffic(&list)
        checkObservability(&list)
        checkCertificate(&list)
        return list.problems
    }

    private func checkSidecar(_ list: inout ProblemList) {
        if !sidecar.logLevel.isEmpty {
            list.checkWord(sidecar.logLevel, "spec.sidecar.logLevel", oneOf: Self.logLevels)
        }
        if sidecar.maxDataPlaneConnections < 0 {
            list.add(
                "spec.sidecar.maxDataPlaneConnections",
                "\(sidecar.maxDataPlaneConnections) is negative: write 0 for any number")
        }
        list.checkDuration(sidecar.configResyncInterval, "spec.sidecar.configResyncInterval")
        // `TLS_AUTO` is the proxy's own bound, which fits every other.
        if let least = sidecar.tlsMinProtocolVersion, let greatest = sidecar.tlsMaxProtocolVersion,
            least != .auto, greatest != .auto, least > greatest
        {
            list.add(
                "spec.sidecar.tlsMinProtocolVersion",
                "\(least.rawValue) is above tlsMaxProtocolVersion, \(greatest.rawValue)")
        }
    }

    private func checkTraffic(_ list: inout ProblemList) {
        for (name, ranges) in [
            ("outboundIPRangeExclusionList", traffic.outboundIPRangeExclusionList),
            ("outboundIPRangeInclusionList", traffic.outboundIPRangeInclusionList),
        ] {
            for (index, range) in ranges.enumerated() { list.checkRange(range, "spec.traffic.\(name)[\(index)]") }
        }
        for (name, ports) in [
            ("outboundPortExclusionList", traffic.outboundPortExclusionList),
            ("inboundPortExclusionList", traffic.inboundPortExclusionList),
        ] {
            for (index, port) in ports.enumerated() { list.checkPort(port, "spec.traffic.\(name)[\(index)]") }
        }
        for (index, interface) in traffic.networkInterfaceExclusionList.enumerated() where interface.isEmpty {
            list.add("spec.traffic.networkInterfaceExclusionList[\(index)]", "is empty: write a name such as eth1")
        }
        let authorization = traffic.inboundExternalAuthorization
        let path = "spec.traffic.inboundExternalAuthorization"
        if authorization.enable {
            list.checkHost(authorization.address, "\(path).address")
            list.checkPort(authorization.port, "\(path).port")
        }
        if !authorization.timeout.isEmpty {
            list.checkDuration(WrittenDuration(authorization.timeout), "\(path).timeout", mustBePositive: true)
        }
    }

    private func checkObservability(_ list: inout ProblemList) {
        if !observability.osmLogLevel.isEmpty {
            list.checkWord(
                observability.osmLogLevel, "spec.observability.osmLogLevel", oneOf: Self.controlPlaneLogLevels)
        }
        let tracing = observability.tracing
        let path = "spec.observability.tracing"
        if tracing.format == nil {
            list.checkWord(
                tracing.spokenProtocol, "\(path).protocol", oneOf: TracingFormat.allCases.map(\.rawValue))
        }
        if tracing.port != 0 { list.checkPort(tracing.port, "\(path).port") }
        if !tracing.address.isEmpty { list.checkHost(tracing.address, "\(path).address") }
        if !tracing.endpoint.isEmpty,
            tracing.endpoint.first != "/" || !tracing.endpoint.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        {
            list.add("\(path).endpoint", "`\(tracing.endpoint)` is not a path: write one such as /api/v2/spans")
        }
    }

    private func checkCertificate(_ list: inout ProblemList) {
        list.checkDuration(
            certificate.serviceCertValidityDuration, "spec.certificate.serviceCertValidityDuration",
            mustBePositive: true)
        if !Self.keySizes.contains(certificate.certKeyBitSize) {
            list.add(
                "spec.certificate.certKeyBitSize",
                "\(certificate.certKeyBitSize) is out of range: write a number of bits from "
                    + "\(Self.keySizes.lowerBound) to \(Self.keySizes.upperBound)")
        }
        if certificate.leafAlgorithm == nil {
            list.checkWord(
                certificate.keyAlgorithm, "spec.certificate.keyAlgorithm", oneOf: LeafAlgorithm.allCases.map(\.rawValue)
            )
        }
        // Of a section that cannot be read that is told alone.
        guard let gateway = certificate.ingressGateway,
            !unread.contains(where: { $0.path.hasPrefix("spec.certificate") })
        else { return }
        let path = "spec.certificate.ingressGateway"
        if gateway.subjectAltNames.isEmpty {
            list.add("\(path).subjectAltNames", "is empty: list the names of the gateway")
        }
        list.checkCount(gateway.subjectAltNames.count, "\(path).subjectAltNames", most: 100)
        for (index, name) in gateway.subjectAltNames.prefix(100).enumerated() {
            list.checkGatewayName(name, "\(path).subjectAltNames[\(index)]")
        }
        list.checkDuration(gateway.validityDuration, "\(path).validityDuration", mustBePositive: true)
        list.checkName(gateway.secret.name, "\(path).secret.name")
        list.checkName(gateway.secret.namespace, "\(path).secret.namespace", isLabel: true)
    }
}

extension ProblemList {
    /// Checks a name in the certificate of a gateway.
    fileprivate mutating func checkGatewayName(_ name: String, _ path: String) {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard DNSName.isSubdomain(name), labels.allSatisfy({ DNSName.isLabel($0) }) else {
            let shown = name.count <= 300 ? name : "\(name.prefix(300))…"
            return add(
                path, "`\(shown)` is no DNS name in small letters: write one such as gateway.edge.cluster.local")
        }
        if labels.last == "svc" {
            add(
                path,
                "`\(name)` ends in `svc`, as the names of the control plane do: write one such as "
                    + "gateway.edge.cluster.local")
        }
    }
}
