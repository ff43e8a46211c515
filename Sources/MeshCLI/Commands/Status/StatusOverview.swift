internal import MeshModel
internal import MeshStatus

/// A control plane at one glance.
struct StatusOverview: Encodable {
    /// When a certificate ends.
    struct Certificate: Encodable, Equatable {
        /// `root`, `control-plane`, `gateway`, or `proxies` for the first of all proxies.
        let kind: String
        /// Its name; empty where the kind says all.
        let name: String
        /// Negative after its end.
        let secondsLeft: Int64
    }

    /// How many proxies there are.
    struct Proxies: Encodable, Equatable {
        let total: Int
        let connected: Int
        /// Enforce everything that they should.
        let synced: Int
        let rejecting: Int
    }

    /// An object that is not ready.
    struct Unready: Encodable, Equatable {
        let kind: String
        let namespace: String
        let name: String
        let reason: String
        let message: String
    }

    let mesh: String
    let namespace: String
    let version: String
    let replicas: Int
    let readyReplicas: Int
    /// `nil` where it is not known.
    let leader: String?
    let proxies: Proxies
    /// Sorted by kind and name.
    let certificates: [Certificate]
    /// How many objects users have written.
    let objects: Int
    /// In the order of the report.
    let notReady: [Unready]

    /// An overview.
    ///
    /// - Parameter metrics: Those of all replicas that answer.
    init(_ mesh: InstalledMesh, leader: String?, _ report: StatusReport, metrics: [MetricSamples]) {
        self.mesh = mesh.name
        namespace = mesh.namespace
        version = mesh.version
        replicas = mesh.replicas
        readyReplicas = mesh.readyReplicas
        self.leader = leader
        proxies = Proxies(
            total: report.proxies.count, connected: report.proxies.count(where: \.connected),
            synced: report.proxies.count { $0.isSynced(with: report.revision) },
            rejecting: report.proxies.count { !$0.refusals.isEmpty })
        certificates = Self.certificates(metrics)
        // Services of namespaces outside of the mesh, those of Kubernetes among them, are nobody's mistake.
        let own = report.objects.filter { $0.kind != "Service" || $0[.ready]?.reason != .notInMesh }
        objects = own.count
        notReady = own.compactMap { object in
            guard let ready = object[.ready], ready.status != .yes else { return nil }
            return Unready(
                kind: object.kind, namespace: object.namespace, name: object.name, reason: ready.reason.rawValue,
                message: ready.message)
        }
    }

    private static func certificates(_ metrics: [MetricSamples]) -> [Certificate] {
        var least: [[String]: Double] = [:]
        for samples in metrics {
            for sample in samples["osm_cert_expiry_seconds"] {
                let key = [sample.labels["kind"] ?? "", sample.labels["name"] ?? ""]
                least[key] = min(least[key] ?? .infinity, sample.value)
            }
            for sample in samples["osm_proxy_cert_expiry_seconds"] {
                least[["proxies", ""]] = min(least[["proxies", ""]] ?? .infinity, sample.value)
            }
        }
        return least.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { key, value in
            // What no number of seconds can be is nothing that a certificate's end could be told by.
            guard let seconds = Int64(exactly: value.rounded(.down)), seconds > .min else { return nil }
            return Certificate(kind: key[0], name: key[1], secondsLeft: seconds)
        }
    }

    /// One screen.
    var text: String {
        var control = TextTable("MESH", "NAMESPACE", "VERSION", "REPLICAS", "LEADER")
        control.append(mesh, namespace, version, "\(readyReplicas)/\(replicas)", leader ?? "-")
        var fleet = TextTable("PROXIES", "CONNECTED", "SYNCED", "REJECTING")
        fleet.append("\(proxies.total)", "\(proxies.connected)", "\(proxies.synced)", "\(proxies.rejecting)")
        var lines = "\(control)\n\(fleet)"
        if !certificates.isEmpty {
            var ends = TextTable("CERTIFICATE", "NAME", "EXPIRES IN")
            for certificate in certificates {
                ends.append(
                    certificate.kind, certificate.name.isEmpty ? "-" : certificate.name,
                    shortSpan(seconds: certificate.secondsLeft))
            }
            lines += "\n\(ends)"
        }
        guard !notReady.isEmpty else { return lines + "\nAll \(objects) objects are Ready.\n" }
        var table = TextTable("NOT READY", "NAMESPACE", "NAME", "REASON", "MESSAGE")
        for object in notReady {
            table.append(object.kind, object.namespace, object.name, object.reason, object.message.onOneLine)
        }
        return lines + "\n\(table)\n\(objects - notReady.count) of \(objects) objects are Ready.\n"
    }
}

extension ProxyStatus {
    /// Whether the proxy enforces everything that it should.
    func isSynced(with revision: UInt64) -> Bool { connected && acknowledged >= revision && refusals.isEmpty }
}
