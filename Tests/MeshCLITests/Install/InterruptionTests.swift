import Foundation
import Glibc
import TestCluster
import Testing

@Suite("osm install --atomic, interrupted", .timeLimit(.minutes(10)))
struct InterruptionTests {
    private static let told =
        "interrupted: what was done is undone first; interrupt again to end at once, with that half done\n"

    /// What a mesh consists of in a cluster, but for namespaces, which nobody ends in a cluster without controllers.
    private static func rests(_ stage: InstallStage) async throws -> String {
        let kinds = "crds,deployments,services,configmaps,roles,rolebindings,serviceaccounts,clusterroles"
        let selector = "app.kubernetes.io/name=openservicemesh.io"
        let labelled = try await stage.cluster.kubectlOutput(["get", kinds, "-A", "-o", "name", "-l", selector])
        let named = try await stage.cluster.kubectlOutput(["get", "crds,configmaps", "-A", "-o", "name"])
        let ours = named.split(separator: "\n").filter { $0.contains("openservicemesh") || $0.contains("osm-") }
        return (labelled.split(separator: "\n") + ours).joined(separator: "\n")
    }

    /// What is left when all that ends by and by has ended.
    private static func finalRests(_ stage: InstallStage) async throws -> String {
        for _ in 0..<60 {
            if try await rests(stage).isEmpty { return "" }
            try await Task.sleep(for: .milliseconds(500))
        }
        return try await rests(stage)
    }

    private static func words(_ command: String, _ namespace: String, _ stage: InstallStage) -> [String] {
        command.split(separator: " ").map(String.init) + [
            "--osm-namespace", namespace, "--timeout", "300s", "--kubeconfig", stage.cluster.kubeconfigPath,
        ]
    }

    @Test("A signal undoes everything, a second one ends at once; the end of the task undoes everything, too")
    func signals() async throws {
        try await TestCluster.withOwn(TestCluster.Options(hasControllerManager: false)) { cluster in
            let stage = InstallStage(cluster: cluster)
            let before = try await stage.objects()
            try await interrupted(SIGINT, in: "waiting", when: "waiting: osm-controller: 0 of 2", stage)
            let left = try await stage.objects().subtracting(before).subtracting(["namespaces <none>/waiting"])
            #expect(left == [], "left behind")
            try await interrupted(SIGTERM, in: "writing", when: "[debug] Namespace writing created", stage)
            try await interruptedTwice(stage)
            try await cancelled(stage)
        }
    }

    /// A process that is interrupted when it tells something.
    private func interrupted(
        _ signal: Int32, in namespace: String, when words: String, _ stage: InstallStage
    ) async throws {
        let process = try CommandProcess(Self.words("install --atomic --verbose", namespace, stage))
        #expect(try await process.tells(words))
        process.signal(signal)
        let (line, isKilled) = try await process.ended()
        #expect(line.status == 1 && !isKilled, "\(line.error)")
        #expect(line.out == "")
        #expect(line.error.contains(Self.told), "\(line.error)")
        let end = """
            Error: installing mesh [osm] in namespace [\(namespace)]: interrupted; what was done is undone

            """
        #expect(line.error.hasSuffix(end), "\(line.error)")
        #expect(try await Self.finalRests(stage) == "", "left behind")
    }

    /// A second signal while the server does not answer, so that nothing can be undone meanwhile.
    private func interruptedTwice(_ stage: InstallStage) async throws {
        let server = try #require(try stage.cluster.processIdentifier(of: "kube-apiserver"))
        let process = try CommandProcess(Self.words("install --atomic", "twice", stage))
        #expect(try await process.tells("waiting: osm-controller: 0 of 2"))
        kill(server, SIGSTOP)
        defer { kill(server, SIGCONT) }
        process.signal(SIGINT)
        #expect(try await process.tells(Self.told))
        process.signal(SIGINT)
        let (line, isKilled) = try await process.ended()
        #expect(line.status == 130 && !isKilled, "\(line.error)")
        kill(server, SIGCONT)
        // The kinds go last.
        let kinds = try await stage.cluster.kubectlOutput(["get", "crds", "-o", "name"]).split(separator: "\n")
        #expect(kinds.count > 5)
        let removed = await stage.osm("uninstall", "mesh", "-fa", "--osm-namespace", "twice")
        #expect(removed.status == 0, "\(removed.error)")
        #expect(try await Self.finalRests(stage) == "", "left behind")
    }

    /// A task in this process that is cancelled.
    private func cancelled(_ stage: InstallStage) async throws {
        let line = try await cancelled(Self.words("install --atomic", "ended", stage), stage) {
            try await stage.cluster.kubectl(["get", "deployment", "osm-controller", "-n", "ended"]).status == 0
        }
        #expect(line.status == 1 && line.out == "")
        #expect(line.error.hasSuffix("[ended]: interrupted; what was done is undone\n"), "\(line.error)")
        #expect(try await Self.finalRests(stage) == "", "left behind")

        let given = "osm.osmController.replicaCount"
        let installed = await stage.osm(
            "install", "--no-wait", "--osm-namespace", "kept", "--set", "\(given)=3,osm.envoyLogLevel=info")
        #expect(installed.status == 0, "\(installed.error)")
        func replicas() async throws -> String {
            try await stage.field(".spec.replicas", of: "deployment/osm-controller", in: "kept")
        }
        let change = "mesh upgrade --atomic --set \(given)=5,osm.envoyLogLevel=debug"
        let upgrade = try await cancelled(Self.words(change, "kept", stage), stage) { try await replicas() == "5" }
        #expect(upgrade.status == 1 && upgrade.out == "")
        #expect(upgrade.error.hasSuffix("[kept]: interrupted; what was done is undone\n"), "\(upgrade.error)")
        #expect(try await replicas() == "3")
        let level = try await stage.field(".spec.sidecar.logLevel", of: "meshconfig/osm-mesh-config", in: "kept")
        #expect(level == "info")
    }

    /// Runs a command line in a task that is cancelled as soon as a condition holds.
    private func cancelled(
        _ words: [String], _ stage: InstallStage, when condition: () async throws -> Bool
    ) async throws -> Transcript {
        let command = Task { await Transcript.of(words) }
        for _ in 0..<600 {
            if try await condition() { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await condition())
        command.cancel()
        return await command.value
    }
}
