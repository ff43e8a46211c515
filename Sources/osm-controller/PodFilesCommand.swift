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
            Writes bootstrap.json (for envoy --config-path), redirect.sh (for /bin/sh, as root, in the pod's network \
            namespace), token, ca.crt, cp-roots.yaml and xds-token.yaml. Run it again before the token expires: files \
            are replaced by renaming, and Envoy takes up the new ones without a restart.
            """)

    @OptionGroup var mesh: MeshOptions

    @Option(help: "The state directory of osm-controller run.")
    var state: String

    @Option(help: "The pod, as NAMESPACE/NAME; it stands in the manifests, with its ServiceAccount.")
    var pod: String

    @Option(help: "Where the controller serves proxies, as HOST:PORT.")
    var controller: String

    @Option(help: "The directory to write to; it is made if missing.")
    var out: String

    @Option(help: "The directory as the sidecar sees it, if that is another.")
    var mount: String?

    @Option(help: "How long the token is valid, in seconds.")
    var tokenSeconds = 24 * 3600

    func run() async throws {
        let (pod, account) = try findPod()
        guard let colon = controller.lastIndex(of: ":"),
            let port = UInt16(controller[controller.index(after: colon)...])
        else { throw ValidationError("`\(controller)` is no address: write it as HOST:PORT") }
        let files = ProxyFiles(directory: mount ?? out)
        let bootstrap = try Bootstrap(
            settings: BootstrapSettings(
                nodeID: "\(pod.metadata.uid)/\(pod.metadata.name)", identity: pod.identity,
                controllerNamespace: mesh.osmNamespace, controllerHost: String(controller[..<colon]),
                controllerPort: port, families: Set(pod.addresses.map(\.family)), files: files))
        let kept = try StandaloneState(
            directory: state, Controller.Configuration(manifests: mesh.manifests, state: state), now: Date())
        let token = try await kept.tokens.issue(
            pod: pod.name, podUID: pod.metadata.uid, serviceAccount: account.name,
            serviceAccountUID: account.metadata.uid, validity: .seconds(tokenSeconds), now: Date())
        let settings = RedirectionSettings(redirectsIPv6: true)
        var contents = try files.contents()
        contents["bootstrap.json"] = bootstrap.json
        contents["redirect.sh"] = RedirectionRules(settings: settings).shellScript
        contents[ProxyFiles.token] = token
        contents[ProxyFiles.authorities] = kept.controlPlane.rootPEM
        try OutputDirectory(path: out).write(contents)
    }

    private func findPod() throws -> (Pod, ServiceAccount) {
        let parts = pod.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw ValidationError("`\(pod)` is no pod: write it as NAMESPACE/NAME") }
        let name = ObjectName(namespace: parts[0], name: parts[1])
        let changes = try ManifestCheck(directory: mesh.manifests).changes
        guard let pod = changes.pods.compactMap(\.object).first(where: { $0.name == name }) else {
            throw ControllerError(
                code: .argument, message: "there is no Pod \(name) in \(mesh.manifests): add its manifest")
        }
        let accountName = ObjectName(namespace: name.namespace, name: pod.serviceAccount)
        guard let account = changes.serviceAccounts.compactMap(\.object).first(where: { $0.name == accountName }) else {
            throw ControllerError(
                code: .argument,
                message: "Pod \(name) runs as ServiceAccount \(accountName), which is not in \(mesh.manifests): add it")
        }
        return (pod, account)
    }
}

extension ObjectChange {
    /// The object, unless it is gone.
    fileprivate var object: Object? {
        if case .set(let object) = self { object } else { nil }
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
