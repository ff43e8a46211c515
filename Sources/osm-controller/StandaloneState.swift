import CertificateAuthority
import FoundationEssentials
import Logging
import PolicyCompiler
import ProxyIdentity

/// What a standalone controller keeps on disk, so that its proxies still trust it after a restart.
struct StandaloneState {
    /// The roots of the workloads' certificates, in files of their own.
    let roots: RootFiles.Roots
    /// The root of the control plane's own certificates: `control-plane-root.pem`.
    let controlPlane: CertificateAuthority
    /// The issuer of the pods' tokens: `token-key.pem`.
    let tokens: StandaloneTokenIssuer

    /// Reads the files of a directory, and makes those that are missing.
    init(directory: String, _ configuration: Controller.Configuration, now: Date) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ControllerError(
                code: .state,
                message: "the state directory \(directory) cannot be made: choose another with --state", cause: error)
        }
        roots = try RootFiles(directory: directory).loadOrCreate(algorithm: configuration.rootKey, now: now)
        controlPlane = try CertificateAuthority.loadOrCreate(
            at: directory + "/control-plane-root.pem", name: "osm-control-plane-ca.openservicemesh.io", now: now)
        tokens = try StandaloneTokenIssuer.loadOrCreate(at: directory + "/token-key.pem")
    }

    /// The root that signs the workloads' certificates.
    var root: CertificateAuthority { roots.signing }

    /// The certificate of the server, in the only name that proxies accept.
    func servingCertificate(
        of settings: MeshSettings, validity: Duration = ServingCertificate.usualValidity, logger: Logger
    ) throws -> ServingCertificateService {
        try ServingCertificateService(
            controlPlane, dnsNames: ["osm-controller.\(settings.osmNamespace).svc"], validity: validity, logger: logger)
    }
}

/// Why the controller cannot do what it was asked.
struct ControllerError: Error, CustomStringConvertible {
    /// The kinds of failure.
    struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The kind's name.
        let description: String

        /// The state directory or a file that was asked for cannot be written.
        static let state = Code(description: "state")
        /// An argument names something that is not there.
        static let argument = Code(description: "argument")
        /// A running controller does not tell its status.
        static let status = Code(description: "status")
    }

    /// What kind of failure it is.
    let code: Code
    /// What failed and what to do.
    let message: String
    /// The error that led to this one.
    var cause: (any Error)?

    /// `code: message`, then the cause.
    var description: String { "\(code): \(message)\(cause.map { " (\($0))" } ?? "")" }
}
