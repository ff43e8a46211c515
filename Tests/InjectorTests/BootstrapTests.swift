import Foundation
import MeshModel
import TestInstruments
import Testing

@testable import Injector

@Suite("The bootstrap")
struct BootstrapTests {
    private static func settings(
        _ families: Set<IPAddress.Family>, _ probes: [ProbedRequest], files: ProxyFiles = ProxyFiles()
    ) -> BootstrapSettings {
        BootstrapSettings(
            nodeID: "$(POD_UID)/$(POD_NAME)", nodeCluster: "$(SERVICE_ACCOUNT).$(POD_NAMESPACE)",
            controllerNamespace: "osm-system", families: families, files: files, probes: probes)
    }

    private static func probe(
        _ kind: Probe.Kind, _ container: String, isTLS: Bool = false, port: UInt16 = 80, path: String = "/healthz?a=b"
    ) -> ProbedRequest {
        ProbedRequest(kind, of: container, isTLS: isTLS, port: port, path: path, timeout: 2)
    }

    static let probes: [[ProbedRequest]] = [
        [],
        [probe(.liveness, "web")],
        [probe(.liveness, "web"), probe(.readiness, "web"), probe(.startup, "web")],
        [probe(.liveness, "web"), probe(.liveness, "web2", port: 81)],
        [probe(.liveness, "web", isTLS: true, port: 443)],
        [probe(.liveness, "web", isTLS: true, port: 443), probe(.liveness, "web2")],
        [probe(.liveness, "web", isTLS: true, port: 443), probe(.liveness, "web2", isTLS: true, port: 444)],
        [probe(.readiness, "web", path: "")],
        [probe(.liveness, "a"), probe(.readiness, "b", port: 8080, path: "/v1.2/ok_-")],
        [probe(.liveness, "a.b", path: "/x\"y\\z ü%20<&>")],
        [probe(.readiness, "a.b", path: "no-slash"), probe(.readiness, "c", path: "/a#b?c")],
    ]

    @Test("Envoy accepts it", arguments: 0..<probes.count, [[IPAddress.Family.v4], [.v4, .v6]])
    func accepted(index: Int, families: [IPAddress.Family]) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-bootstrap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        // What Envoy reads at its start is there, as the volume's files are.
        let files = ProxyFiles(directory: directory.path)
        for (name, text) in try files.contents() {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }
        try Data("token".utf8).write(to: directory.appending(path: ProxyFiles.token))
        // Any certificate does: nobody is connected to.
        try Data(TestCertificate.certificate.utf8).write(to: directory.appending(path: ProxyFiles.authorities))
        let bootstrap = try Bootstrap(settings: Self.settings(Set(families), Self.probes[index], files: files))
        let outcome = try Command(
            Command.envoyPath,
            ["--mode", "validate", "--config-yaml", bootstrap.json, "--disable-hot-restart", "--log-level", "error"]
                + ProxyArguments.common
        ).run()
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    }

    @Test("Equal settings give equal text, and no reference that Kubernetes would fill in but those to the pod's names")
    func stable() throws {
        for probes in Self.probes {
            let texts = try (0..<8).map { _ in try Bootstrap(settings: Self.settings([.v4, .v6], probes)).json }
            #expect(Set(texts).count == 1)
            let references = texts[0].split(separator: "$(").dropFirst().compactMap { $0.split(separator: ")").first }
            #expect(references == ["POD_UID", "POD_NAME", "SERVICE_ACCOUNT", "POD_NAMESPACE"])
        }
    }

    @Test("What is the same for all pods is made once, and the whole is the same text", arguments: 0..<probes.count)
    func template(index: Int) throws {
        let template = try BootstrapTemplate(Self.settings([.v4, .v6], []))
        let text = String(decoding: try template.text(Self.probes[index]).bytes, as: UTF8.self)
        let whole = try Bootstrap(settings: Self.settings([.v4, .v6], Self.probes[index])).json
        #expect(try JSONDecoder().decode(String.self, from: Data(text.utf8)) == whole)
    }

    @Test("Texts are written as JSON has them")
    func texts() throws {
        for text in ["", "a", "\"", "\\", "a\nb\u{1}c\td\"e\\f", "ä€😀", "\u{7f}\u{2028}"] {
            let written = Data(JSONValue.string(text).bytes)
            #expect(try JSONDecoder().decode(String.self, from: written) == text)
        }
    }

    @Test(
        "The files of the ConfigMap that a pod mounts are those that Envoy reads beside its token",
        arguments: [ProxyFiles(), ProxyFiles(directory: "/etc/osm")])
    func files(_ files: ProxyFiles) throws {
        #expect(try Set(ProxyFiles.bundled) == Set(files.contents().keys).union([ProxyFiles.authorities]))
        #expect(!ProxyFiles.bundled.contains(ProxyFiles.token))
    }
}
