internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm support bug-report`.
struct BugReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bug-report", abstract: "Collect what is needed to find out what is wrong.",
        discussion: """
            What is collected: the control plane's logs, settings and status; of namespaces their events, pods and \
            services; of pods the log of the sidecar and what Envoy's administration interface tells. Of Secrets only \
            the names. Look through the archive before you give it away.

            The ending of --out-file says how it is packed: .tar, .tar.gz, .tgz, .tar.bz2, .tbz2, .tar.xz, .txz, \
            .tar.lz4, .tlz4 or .zip; the program of that name must be installed, and `tar` but for .zip.

            EXAMPLES:
              osm support bug-report --all
              osm support bug-report --app-namespaces bookbuyer,bookstore --app-pods bookthief/bookthief-7bb -o bug.zip
            """)

    @Flag(help: "All namespaces of meshes, all their pods with a sidecar, and ingress.")
    var all = false

    @Option(help: "Namespaces, separated by commas.")
    var appNamespaces: [String] = []

    @Option(help: "Deployments, separated by commas: NAMESPACE/DEPLOYMENT.")
    var appDeployments: [String] = []

    @Option(help: "Pods, separated by commas: NAMESPACE/POD.")
    var appPods: [String] = []

    @Flag(help: "Ingresses, IngressBackends and the pods of ingress controllers.")
    var ingress = false

    @Option(
        name: [.customShort("o"), .long], help: "The archive. (default: a .tar.gz in the directory for temporary files)"
    )
    var outFile: String?

    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        if let outFile, Archive.Packing.isSnappy(path: outFile) {
            throw ValidationError(
                "--out-file: archives of Snappy (.tar.sz, .tsz) are not made: choose .tar.lz4 or .tar.gz")
        }
        if let outFile, Archive.Packing(path: outFile) == nil {
            throw ValidationError("--out-file: `\(outFile)` has no ending that says how it is packed")
        }
        for name in (appDeployments + appPods).separatedByCommas
        where name.wholeMatch(of: /[a-z0-9-]+\/[a-z0-9][a-z0-9.-]*/) == nil {
            throw ValidationError("`\(name)` is not of the form NAMESPACE/NAME")
        }
        // They become names of directories.
        for name in appNamespaces.separatedByCommas where name.wholeMatch(of: /[a-z0-9-]+/) == nil {
            throw ValidationError("`\(name)` is no name of a namespace")
        }
    }

    func run() async throws {
        let action = "collecting a bug report"
        try await global.withCluster(action) { cluster in
            try await reach(cluster)
            var namespaces = appNamespaces.separatedByCommas
            var pods = try appPods.separatedByCommas.map { try ObjectName(pod: $0, role: "application") }
            for name in appDeployments.separatedByCommas {
                pods += try await self.pods(of: try ObjectName(pod: name, role: "application"), cluster)
            }
            if all {
                namespaces = try await cluster.namespaces().map(\.metadata.name)
                pods = try await cluster.client.list(.pod, labelSelector: MeshLabels.proxyUUID, as: PodObject.self)
                    .map { ObjectName(namespace: $0.metadata.namespace ?? "", name: $0.metadata.name) }
            }
            let staging = try StagingDirectory()
            defer { staging.remove() }
            let report = BugReport(cluster: cluster, staging: staging)
            await report.collectMeshes()
            await report.collectControlPlane()
            for namespace in namespaces { await report.collect(namespace: namespace) }
            for pod in Set(pods).sorted() { await report.collect(pod: pod) }
            if all || ingress { await report.collectIngress(in: namespaces) }
            guard !staging.isEmpty else {
                throw CommandFailure(
                    action, because: "nothing could be collected", advice: "see above what each part lacks")
            }
            let archive = Archive(path: outFile ?? "\(staging.path)_osm-bug-report.tar.gz")
            try await archive.pack(staging.path)
            cluster.console.out("✓ Bug report successfully saved to \(archive.path)")
        }
    }

    /// Fails where the server cannot be asked at all, rather than once for each part of the report.
    private func reach(_ cluster: ClusterConnection) async throws {
        do {
            _ = try await cluster.client.serverVersion()
        } catch let error as KubernetesError {
            guard error.code != .transport, error.code != .unauthorized else { throw error }
            cluster.console.debug("the server's version is not known: \(error)")
        }
    }

    private func pods(of name: ObjectName, _ cluster: ClusterConnection) async throws -> [ObjectName] {
        guard let deployment = try await cluster.client.get(.deployment, name, as: DeploymentObject.self) else {
            throw CommandFailure("Could not find deployment \(name.name) in namespace \(name.namespace)")
        }
        let selector = (deployment.spec?.selector?.matchLabels ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return try await cluster.client.list(
            .pod, namespace: name.namespace, labelSelector: selector, as: PodObject.self
        ).map { ObjectName(namespace: name.namespace, name: $0.metadata.name) }
    }
}
