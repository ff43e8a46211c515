internal import MeshModel

/// Random namespaces, pods, services and slices.
extension RandomMesh {
    mutating func namespace(_ name: String) -> Namespace {
        var metadata = ObjectMetadata(name: name)
        // The proxies of pods that really run would lose their views, and take their time to come back.
        let isSettled = running != nil
        if name != "out" || (!isSettled && random.once(in: 6)) {
            metadata.labels[MeshLabels.monitoredBy] = !isSettled && random.once(in: 20) ? "other" : "osm"
        }
        if !isSettled, random.once(in: 30) { metadata.labels[MeshLabels.ignore] = "true" }
        if let mode = random.pick(nil, nil, nil, "disabled", "no", "False", "disabled", "enabled", "perhaps") {
            metadata.annotations[MeshLabels.permissiveMode] = mode
        }
        return Namespace(metadata: metadata)
    }

    mutating func meshConfig() -> MeshConfig {
        var config = MeshConfig.absent
        config.metadata = ObjectMetadata(name: "osm-mesh-config", namespace: "osm-system")
        if random.once(in: 8) { config.metadata.namespace = "n0" }
        config.traffic.enablePermissiveTrafficPolicyMode = random.once(in: 4)
        config.traffic.enableEgress = random.pick(true, false)
        if random.once(in: 10) { config.certificate.certKeyBitSize = 1 }
        return config
    }

    /// Names are few and ages often equal, so that claims collide.
    mutating func metadata(_ prefix: String, _ count: Int) -> ObjectMetadata {
        ObjectMetadata(
            name: "\(prefix)\(random.number(below: count))",
            namespace: random.once(in: 20) ? "out" : random.pick("n0", "n0", "n0", "n1"),
            creation: random.once(in: 4) ? nil : Timestamp(seconds: Int64(random.number(below: 3))))
    }

    mutating func account() -> String { "a\(random.number(below: 3))" }

    mutating func pod() -> Pod {
        if let running, var pod = random.pick(from: running) {
            pod.metadata.labels.merge(["app": random.pick("a", "b", "c"), "version": random.pick("1", "2")]) { $1 }
            return pod
        }
        let number = random.number(below: 8)
        var metadata = metadata("p", 1)
        metadata.name = "p\(number)"
        metadata.uid = random.pick("u0", "u1", "")
        metadata.labels = ["app": random.pick("a", "b", "c"), "version": random.pick("1", "2")]
        if random.once(in: 8) { metadata.labels[MeshLabels.proxyUUID] = "1" }
        let place = Self.namespaces.firstIndex(of: metadata.namespace) ?? 0
        return Pod(
            metadata: metadata, serviceAccount: random.once(in: 30) ? "Bad" : account(),
            addresses: ["10.0.\(place).\(number)", "fd00::\(place):\(number)"].compactMap { IPAddress($0) },
            phase: random.once(in: 12) ? "Failed" : random.pick("Running", "Running", "Pending"),
            ports: random.once(in: 6)
                ? [] : [.init(name: "web", port: random.pick(8080, 8080, 8081)), .init(name: "db", port: 8082)],
            mountsProxyToken: !random.once(in: 12))
    }

    mutating func service() -> Service {
        let all: [Service.Port] = [
            .init(name: "http", port: 80, targetPort: random.pick(.number(8080), .name("web"), .number(8081))),
            .init(name: "tcp-x", port: 81, targetPort: random.pick(.number(8081), .name("web"), .number(8080))),
            .init(name: "grpc-y", port: 82, targetPort: random.pick(.number(8081), .number(8082))),
            .init(name: "books", port: 83, appProtocol: random.pick(nil, "http", "mysql"), targetPort: .number(8082)),
            .init(name: "dns", port: 53, transport: "UDP"),
        ]
        var selector = ["app": random.pick("a", "b", "c")]
        if random.once(in: 3) { selector["version"] = random.pick("1", "2") }
        var ports = all.filter { _ in !random.once(in: 5) }
        if random.once(in: 25), let port = ports.first { ports.append(port) }
        return Service(
            metadata: metadata("s", 5), type: random.once(in: 14) ? "ExternalName" : "ClusterIP",
            clusterIPs: random.once(in: 4)
                ? []
                : ["10.1.0.\(random.number(below: 7))", random.pick("fd01::1", "fd01::2", "")].compactMap(
                    IPAddress.init),
            selector: random.once(in: 8) ? [:] : selector, ports: ports)
    }

    mutating func handmadeSlice() -> EndpointSlice {
        var metadata = metadata("e", 4)
        metadata.labels["kubernetes.io/service-name"] = "s\(random.number(below: 5))"
        if random.once(in: 8) {
            let foreign = EndpointSlice.Endpoint(address: nil)
            return EndpointSlice(metadata: metadata, addressType: "FQDN", endpoints: [foreign])
        }
        let isMalformed = random.once(in: 12)
        let endpoints = (0..<random.number(below: 3)).map { _ -> EndpointSlice.Endpoint in
            let number = random.number(below: 8)
            let name = ObjectName(namespace: random.once(in: 8) ? "n1" : metadata.namespace, name: "p\(number)")
            let known = objects.pods[name]
            let uid =
                running == nil ? random.pick("", "u0", "u0") : random.pick("", "former", known?.metadata.uid ?? "u0")
            let pod = EndpointSlice.PodReference(name: name, uid: uid)
            let address =
                running == nil ? IPAddress("10.0.0.\(number)") : known?.addresses.first ?? IPAddress("10.0.0.9")
            return EndpointSlice.Endpoint(
                address: isMalformed ? nil : address, isReady: !random.once(in: 3),
                zone: random.pick("", "z"), pod: random.once(in: 4) ? nil : pod)
        }
        let ports: [EndpointSlice.Port] = [
            .init(name: "http", port: random.pick(8080, 8081)), .init(name: "tcp-x", port: 8081),
            .init(name: "dns", port: 53, transport: "UDP"), .init(name: "grpc-y", port: nil),
        ]
        return EndpointSlice(
            metadata: metadata, endpoints: endpoints, ports: ports.filter { _ in !random.once(in: 3) })
    }
}
