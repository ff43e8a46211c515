import ArgumentParser
import CertificateAuthority
import FoundationEssentials
import Injector
import ManifestSource
import MeshModel
import PolicyCompiler
import ProxyIdentity

/// The command `osm-controller pod-files`.
struct PodFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod-files",
        abstract: "Write what injector and kubelet give a pod's sidecar, for a pod outside Kubernetes.",
        discussion: """
            Writes bootstrap.json (for envoy --config-path), environment (its variables), arguments (those beside it, \
            one to a line), redirect.sh (for /bin/sh, as root, in the pod's network namespace), ca.crt, cp-roots.yaml \
            and xds-token.yaml, and with --manifests also token. Run it again before \
            the token expires: files are replaced by renaming, and Envoy takes up the new ones without a restart. In a \
            cluster the token is the API server's to give, for the audience osm-xds, bound to the pod. With one --pod \
            the files are in --out itself; with several, or with --all, those of each pod in NAMESPACE/NAME below it.
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The directory of manifests, where there is no cluster.")
    var manifests: String?

    @Option(help: "With --manifests, the state directory of osm-controller run.")
    var state: String?

    @OptionGroup var mesh: MeshOptions

    @Option(
        help: "The pod, as NAMESPACE/NAME; it stands in the manifests, with its ServiceAccount. May be given again.")
    var pod: [String] = []

    @Flag(help: "With --manifests, every pod that mounts a token of the mesh and has not ended.")
    var all = false

    @Option(help: "Where the controller serves proxies, as HOST:PORT.")
    var controller: String

    @Option(help: "The directory to write to; it is made if missing.")
    var out: String

    @Option(help: "The directory as the sidecar sees it, if that is another.")
    var mount: String?

    @Option(help: "With --manifests, how long the token is valid, in seconds.")
    var tokenSeconds = 24 * 3600

    func validate() throws {
        if all == pod.isEmpty { return }
        throw ValidationError(
            all ? "give either --pod or --all" : "give a pod, --pod NAMESPACE/NAME, or --all")
    }

    func run() async throws {
        guard let colon = controller.lastIndex(of: ":"),
            let port = UInt16(controller[controller.index(after: colon)...])
        else { throw ValidationError("`\(controller)` is no address: write it as HOST:PORT") }
        let names = try pod.map(Self.name)
        let source = try source()
        for (pod, given) in try await source.files(of: all ? nil : names, tokenSeconds: tokenSeconds) {
            let place = names.count == 1 ? "" : "/\(pod.name)"
            let files = ProxyFiles(directory: (mount ?? out) + place)
            let bootstrap = try Bootstrap(
                settings: BootstrapSettings(
                    nodeID: "\(pod.metadata.uid)/\(pod.metadata.name)",
                    nodeCluster: BootstrapSettings.nodeCluster(of: pod.identity),
                    controllerNamespace: mesh.osmNamespace, controllerHost: String(controller[..<colon]),
                    controllerPort: port, families: Set(pod.addresses.map(\.family)), files: files))
            let settings = RedirectionSettings(redirectsIPv6: true)
            // The two small files name the directory that they are in, which is another outside a cluster.
            var contents = given.merging(try files.contents()) { $1 }
            contents["bootstrap.json"] = bootstrap.json
            contents["arguments"] = ProxyArguments.common.map { "\($0)\n" }.joined()
            contents["environment"] = ProxyEnvironment(pod: pod).text
            contents["redirect.sh"] = RedirectionRules(settings: settings).shellScript
            try OutputDirectory(path: out + place).write(contents)
        }
    }

    private static func name(_ pod: String) throws -> ObjectName {
        let parts = pod.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw ValidationError("`\(pod)` is no pod: write it as NAMESPACE/NAME") }
        return ObjectName(namespace: parts[0], name: parts[1])
    }

    private func source() throws -> any PodFilesSource {
        switch (try cluster.access(), manifests) {
        case (let access?, nil):
            guard !all else { throw ValidationError("--all needs --manifests: in a cluster name each pod") }
            return ClusterPodFiles(access: access)
        case (nil, let manifests?):
            guard let state else { throw ValidationError("--manifests needs --state DIRECTORY") }
            return StandalonePodFiles(manifests: manifests, state: state)
        default:
            throw ValidationError(
                "give one source of the pod: --kubeconfig FILE, --in-cluster, or --manifests DIRECTORY")
        }
    }
}

/// The command `osm-controller workload-certificate`.
struct WorkloadCertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload-certificate",
        abstract: "Issue a certificate of the mesh by hand, for clients without a sidecar.",
        discussion: "Writes cert.pem, key.pem (mode 0600) and roots.pem.")

    @Option(help: "The state directory of osm-controller run.")
    var state: String

    @Option(help: "The identity, as NAMESPACE/SERVICEACCOUNT.")
    var identity: String

    @Option(help: "The domain in which identities are named.")
    var trustDomain = "cluster.local"

    @Option(help: "The directory to write to; it is made if missing.")
    var out: String

    func run() throws {
        let parts = identity.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw ValidationError("`\(identity)` is no identity: write NAMESPACE/ACCOUNT") }
        let kept = try StandaloneState(
            directory: state, Controller.Configuration(manifests: "", state: state), now: Date())
        let certificate = try kept.root.issueWorkload(
            identity: ServiceIdentity(namespace: parts[0], serviceAccount: parts[1]), trustDomain: trustDomain,
            validity: .seconds(24 * 3600), now: Date())
        try OutputDirectory(path: out).write([
            "cert.pem": certificate.certificateChainPEM, "key.pem": certificate.privateKeyPEM,
            "roots.pem": kept.roots.trustedPEM,
        ])
    }
}
