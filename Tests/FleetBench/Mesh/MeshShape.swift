/// A mesh of any size: every identity calls the next five services, one TrafficSplit per ten services, a namespace per
/// fifty; each service has pods of an account of its own.
struct MeshShape {
    /// How many services.
    let services: Int
    /// How many pods each service has.
    var pods = 1
    /// How many services each identity calls.
    var fan = 5
    var isPermissive = false

    /// The pod of a fleet's proxy: the first of each service, then the second of each.
    struct PodName: Sendable {
        let namespace: String
        let name: String
    }

    static func name(_ service: Int) -> String { "s\(Objects.digits(service))" }
    static func namespace(_ service: Int) -> String { "n\(Objects.digits(service / 50, 3))" }
    private static func podName(_ service: Int, _ pod: Int) -> String { "\(name(service))-\(pod)" }

    /// The pods in the order in which proxies connect.
    var podNames: [PodName] {
        (0..<pods).flatMap { pod in
            (0..<services).map { PodName(namespace: Self.namespace($0), name: Self.podName($0, pod)) }
        }
    }

    private func podAddress(_ service: Int, _ pod: Int) -> String { Objects.address(64, service * pods + pod) }

    /// The files by name: one for each kind and namespace, but slices of endpoints each by themselves, since those are
    /// what changes.
    var files: [String: String] {
        var files = ["mesh-config.yaml": Objects.meshConfig(isPermissive: isPermissive)]
        files["namespaces.yaml"] = stride(from: 0, to: services, by: 50).map { Objects.namespace(Self.namespace($0)) }
            .joined()
        for start in stride(from: 0, to: services, by: 50) {
            let range = start..<min(start + 50, services)
            let namespace = Self.namespace(start)
            func file(_ kind: String, _ text: (Int) -> String) {
                files["\(namespace)-\(kind).yaml"] = range.map(text).joined()
            }
            file("accounts") { Objects.account(Self.name($0), namespace) }
            file("services") { Objects.service(Self.name($0), namespace, address: Objects.address(128, $0)) }
            file("pods") { service in
                (0..<pods).map { pod in
                    Objects.pod(
                        Self.podName(service, pod), namespace, account: Self.name(service), app: Self.name(service),
                        address: podAddress(service, pod))
                }.joined()
            }
            file("routes") { Objects.routes(Self.name($0), namespace, path: "/books") }
            file("targets") { service in
                let callers = (1...fan).map { (service - $0 + services * fan) % services }
                return Objects.target(
                    Self.name(service), namespace, sources: callers.map { (Self.name($0), Self.namespace($0)) })
            }
            let apexes = range.filter { $0 % 10 == 0 && $0 + 2 < range.upperBound }
            files["\(namespace)-splits.yaml"] = apexes.map { apex in
                Objects.split(
                    "split-\(Self.name(apex))", namespace, apex: Self.name(apex),
                    [(Self.name(apex + 1), 90), (Self.name(apex + 2), 10)])
            }.joined()
            for service in range { files[Self.sliceFile(service)] = slice(service, lastIsReady: true) }
        }
        return files.filter { !$0.value.isEmpty }
    }

    /// The file with the endpoints of a service.
    static func sliceFile(_ service: Int) -> String { "slice-\(name(service)).yaml" }

    /// The endpoints of a service, all of them or all but the last.
    func slice(_ service: Int, lastIsReady: Bool) -> String {
        let endpoints = (0..<pods).map { pod in
            Objects.Endpoint(
                pod: Self.podName(service, pod), address: podAddress(service, pod),
                isReady: lastIsReady || pod < pods - 1)
        }
        return Objects.slice(
            Self.name(service), Self.namespace(service), service: Self.name(service), endpoints)
    }

    /// What a service more has beside itself: a pod, its account, its endpoints.
    ///
    /// Objects of several kinds may be published in several batches, so that more is sent than of one edit.
    var additionBeside: String {
        let (name, namespace) = ("added", Self.namespace(0))
        let address = Objects.address(120, 0)
        return Objects.account(name, namespace)
            + Objects.pod("added-0", namespace, account: name, app: name, address: address)
            + Objects.slice(name, namespace, service: name, [Objects.Endpoint(pod: "added-0", address: address)])
    }

    /// A service more.
    ///
    /// Its address is like those of the others: of the 65,536 around one of them proxies with lazy views know already.
    var addition: String { Objects.service("added", Self.namespace(0), address: Objects.address(128, 65_535)) }
}
