import Foundation
import MeshModel
import TestCluster
import Testing
import Yams

@testable import MeshInstallation

@Suite("The manifests within the program")
struct ManifestTests {
    /// The checkout.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// What kubectl makes of a kustomization of the checkout, by reference.
    private static func built(_ directories: String...) async throws -> [InstallationObject.Reference: JSONContent] {
        let cluster = try await TestCluster.shared()
        var objects: [InstallationObject] = []
        for directory in directories {
            objects += try ManifestText(
                Array(try await cluster.kubectlOutput(["kustomize", "\(root)/\(directory)"]).utf8)
            ).objects()
        }
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.reference, $0.content) })
    }

    private static func rendered(_ expressions: String...) throws -> [InstallationObject.Reference: JSONContent] {
        let installation = try Installation(try InstallationValues(expressions), namespace: "osm-system")
        let objects = try installation.kinds() + installation.objects()
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.reference, $0.content) })
    }

    private static func expectEqual(
        _ rendered: [InstallationObject.Reference: JSONContent], _ built: [InstallationObject.Reference: JSONContent]
    ) {
        #expect(rendered.keys.sorted() == built.keys.sorted())
        for (reference, content) in rendered { #expect(content == built[reference], "\(reference)") }
    }

    @Test("are those of config/default, as kubectl builds it, if nothing is set")
    func initial() async throws {
        let built = try await Self.built("config/default")
        #expect(built.count == 23)
        Self.expectEqual(try Self.rendered(), built)
    }

    @Test("are those of the further directories, if these are asked for")
    func further() async throws {
        Self.expectEqual(
            try Self.rendered("osm.osmController.enablePodDisruptionBudget=true"),
            try await Self.built("config/default", "config/disruption-budget"))
        Self.expectEqual(
            try Self.rendered("osm.deployPrometheus=true,osm.deployGrafana=true,osm.deployJaeger=true"),
            try await Self.built(
                "config/default", "config/prometheus", "config/addons/prometheus", "config/addons/grafana",
                "config/addons/jaeger"))
        var scaled = try await Self.built("config/default", "config/autoscaling")
        let deployment = try #require(scaled.keys.first { $0.kind == "Deployment" })
        scaled[deployment]?["spec", "replicas"] = nil
        Self.expectEqual(try Self.rendered("osm.osmController.autoScale.enable=true"), scaled)
    }

    @Test("read back the same from the YAML that they are printed as")
    func printing() throws {
        for (reference, content) in try Self.rendered("osm.deployPrometheus=true") {
            let encoder = YAMLEncoder()
            encoder.options = YAMLEncoder.Options(width: -1, sortKeys: true)
            let text = try encoder.encode(content)
            #expect(try ManifestText(Array(text.utf8)).object().content == content, "\(reference)")
        }
    }
}
