import ArgumentParser
import CertificateAuthority
import FoundationEssentials
import Logging
import PolicyCompiler

/// The controller's command line.
@main
struct Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "osm-controller", abstract: "The control plane of Open Service Mesh.",
        subcommands: [
            RunCommand.self, CheckCommand.self, PodFilesCommand.self, WorkloadCertificateCommand.self,
            ReplaceRootCommand.self, StatusCommand.self,
        ])
}

/// The options of the mesh that more than one command takes.
struct MeshOptions: ParsableArguments {
    @Option(help: "The mesh's name, as namespaces carry it in openservicemesh.io/monitored-by.")
    var meshName = "osm"

    @Option(help: "The namespace of the controller and its MeshConfig.")
    var osmNamespace = "osm-system"

    /// The settings where no proxy is served.
    var settings: MeshSettings { settings(lazyThreshold: nil) }

    /// The settings of a controller that serves proxies.
    func settings(lazyThreshold: Int?) -> MeshSettings {
        MeshSettings(meshName: meshName, osmNamespace: osmNamespace, lazyThreshold: lazyThreshold)
    }
}

/// The options of a mesh whose objects are in a directory.
struct ManifestOptions: ParsableArguments {
    @Option(help: "The directory of manifests.")
    var manifests: String

    @OptionGroup var mesh: MeshOptions

    var settings: MeshSettings { mesh.settings }
    var osmNamespace: String { mesh.osmNamespace }
}
