import Foundation

/// In permissive mode a proxy has what its identity calls, and asks for the rest at the first call.
struct LazyProof: Proof {
    let name = "lazy"
    let promise = "a first call of each kind is answered, asks once for all pods of the identity, and is all that asks"

    func run(_ run: ProofRun) throws -> String {
        let lazy = try LazyRun(run)
        defer { lazy.removeFiles() }
        try lazy.begin()
        var figures = [try lazy.firstCalls()]
        try lazy.siblings()
        try lazy.firstByIPv6()
        try lazy.editOnFirstConnection()
        figures.append(try lazy.nobody())
        figures.append(try lazy.outage())
        try lazy.newPod()
        figures.append(try lazy.otherBootstrap())
        figures.append(try lazy.memory())
        try lazy.end()
        return figures.joined(separator: "; ")
    }
}

/// The mesh of the proofs with lazy views.
///
/// Pods of the database call: no TrafficTarget names them as sources.
struct LazyRun {
    let run: ProofRun
    let web: String
    /// The second port of that Service.
    let otherWeb: String
    let echo: String
    /// An address like those of Services that none has.
    static let nobody = "10.79.0.77"
    static let grpcAddresses = ["10.79.0.30", "fd00:79::30"]

    init(_ run: ProofRun) throws {
        self.run = run
        web = "\(try run.rig.address(of: ProofPods.web)):\(ProofPods.webPort)"
        otherWeb = "\(try run.rig.address(of: ProofPods.web)):\(ProofPods.otherWebPort)"
        echo = "\(try run.rig.address(of: ProofPods.echo)):\(ProofPods.echoPort)"
    }

    var rig: Rig { run.rig }

    /// Everybody sees only what TrafficTargets name and what was called, which is nothing yet.
    func begin() throws {
        var policies = run.policies
        policies.isPermissive = true
        try run.write(policies)
        try rig.manifests.write(
            Self.service("web-grpc", Self.grpcAddresses, "app: web", ProofPods.grpcPort), to: "lazy.yaml")
        try rig.takeUpServices()
        rig.controller.options = ["--lazy-above", "0"]
        try restartController()
        for name in ["db-0", "db-1", "web-1", "echo"] {
            run.expect("virtual listeners of \(name)", "none", seen: try virtualListeners(of: name).text)
        }
    }

    /// Sees to it that other proofs find the mesh as it was.
    func end() throws {
        removeFiles()
        try rig.takeUpServices()
        rig.controller.options = []
        try restartController()
    }

    func removeFiles() {
        for file in ["lazy.yaml", "many.yaml"] { try? rig.manifests.remove(file) }
    }

    func restartController() throws {
        rig.controller.crash()
        try rig.controller.start()
        try awaitEverybody()
    }

    /// Returns when every proxy is connected and has everything.
    func awaitEverybody() throws {
        var late: [String] = []
        // Generous: in the end eight proxies take 1,000 services each at once.
        try Waiting.until(
            "all proxies to have everything", within: .seconds(120), explanation: { late.joined(separator: ", ") }
        ) { () -> Void? in
            let status = try run.status()
            late = status.proxies.filter { !$0.connected || $0.acknowledged < status.revision }.map(\.pod)
            return late.isEmpty && status.proxies.count == rig.pods.count ? () : nil
        }
    }

    /// The addresses at which a pod's proxy has virtual listeners: sorted.
    func virtualListeners(of name: String) throws -> [String] { try rig.pod(name).virtualListeners() }

    /// How many clusters and listeners a pod's proxy has.
    func sizes(of name: String) throws -> (clusters: Int, listeners: Int) {
        let pod = try rig.pod(name)
        return (
            try pod.sumOfCounters(matching: "^cluster_manager.active_clusters$"),
            try pod.sumOfCounters(matching: "^listener_manager.total_listeners_active$")
        )
    }

    /// How often proxies have asked, by the controller's log from an event on.
    func questions(from index: Int) -> Int {
        rig.controller.log.refresh()
        return rig.controller.log.events[index...].count { event in
            guard case .other(let fields) = event else { return false }
            return fields["message"] == "addresses asked about"
        }
    }

    /// The present end of the controller's log.
    func mark() -> Int {
        rig.controller.log.refresh()
        return rig.controller.log.count
    }

    /// A Service of the shop with addresses of its own.
    static func service(_ name: String, _ addresses: [String], _ selector: String, _ port: UInt16) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata:
          name: \(name)
          namespace: shop
        spec:
          clusterIP: "\(addresses[0])"
          clusterIPs: [\(addresses.map { "\"\($0)\"" }.joined(separator: ", "))]
          selector:
            \(selector)
          ports:
            - name: http-main
              port: \(port)
              targetPort: \(port)
              protocol: TCP

        """
    }
}

extension [String] {
    /// For people.
    var text: String { isEmpty ? "none" : joined(separator: ", ") }
}
