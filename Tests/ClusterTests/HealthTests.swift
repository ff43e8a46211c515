import TestCluster
import Testing

extension OnRealServer {
    @Suite("What tools of others make of an object's status")
    struct HealthTests {
        /// A stage of an object's life, and what it is to be taken for.
        struct Stage: Sendable {
            let name: String
            let verdict: Kstatus
            let object: Tree
        }

        /// The status that the controller writes, with the conditions that are true, false, and their reason.
        private static func status(
            _ generation: Int, true held: [String], false missing: [String] = [], reason: String
        ) -> Tree {
            func condition(_ type: String, _ status: Tree) -> Tree {
                [
                    "type": .text(type), "status": status, "reason": .text(reason), "message": "said \"so\"",
                    "observedGeneration": .integer(generation), "lastTransitionTime": "2026-01-01T00:00:00Z",
                ]
            }
            let conditions = held.map { condition($0, "True") } + missing.map { condition($0, "False") }
            return ["observedGeneration": .integer(generation), "conditions": .list(conditions)]
        }

        /// The stages of one object on the real server, in the order in which it goes through them.
        private static func stages(of kind: MeshKind, _ cluster: TestCluster) async throws -> [Stage] {
            let here = ["--namespace", try await cluster.createNamespace("health"), "--output", "json"]
            let patch = ["patch", kind.definition, "one", "--type=merge"] + here
            var stages: [Stage] = []
            func enter(_ name: String, _ verdict: Kstatus, _ arguments: [String], input: String? = nil) async throws {
                let object = try Tree(json: await cluster.kubectlOutput(arguments, input: input))
                stages.append(Stage(name: name, verdict: verdict, object: object))
            }
            func write(_ name: String, _ verdict: Kstatus, _ status: Tree) async throws {
                let body: Tree = ["status": status]
                try await enter(name, verdict, patch + ["--subresource=status", "--patch", body.json])
            }
            let all = ["Accepted", "ResolvedRefs", "Programmed", "Ready"]
            try await enter("just created", .inProgress, ["create", "-f", "-"] + here, input: kind.object("one"))
            try await write(
                "accepted, pending", .inProgress,
                status(
                    1, true: ["Accepted", "ResolvedRefs", "Reconciling"], false: ["Programmed", "Ready"],
                    reason: "Pending")
            )
            try await write("programmed", .current, status(1, true: all, reason: "Programmed"))
            try await write(
                "a proxy does not answer", .inProgress,
                status(1, true: ["Accepted", "ResolvedRefs"], false: ["Programmed", "Ready"], reason: "NotConnected"))
            try await write(
                "stalled", .failed, status(1, true: ["Stalled"], false: ["Accepted", "Ready"], reason: "Invalid"))
            try await write("mended", .current, status(1, true: all, reason: "Programmed"))
            // The edit that matters to no schema: another generation, with the status of the one before.
            try await enter(
                "edited after programmed", .inProgress, patch + ["--patch", #"{"spec": \#(Self.edit(of: kind))}"#])
            try await write("edit programmed", .current, status(2, true: all, reason: "Programmed"))
            try await cluster.kubectlOutput(patch + ["--patch", #"{"metadata": {"finalizers": ["osm.test/hold"]}}"#])
            try await cluster.kubectlOutput(["delete", kind.definition, "one", "--wait=false"] + here.prefix(2))
            try await enter(
                "being deleted", .terminating, ["get", kind.definition, "one"] + here)
            try await cluster.kubectlOutput(patch + ["--patch", #"{"metadata": {"finalizers": null}}"#])
            return stages
        }

        private static func edit(of kind: MeshKind) -> String {
            switch kind.name {
            case "MeshConfig": #"{"traffic": {"enableEgress": true}}"#
            case "TrafficSplit": #"{"service": "other"}"#
            default: #"{"sources": [{"kind": "IPRange", "name": "192.0.2.0/24"}]}"#
            }
        }

        private static let kinds = [MeshKind.meshConfig, .trafficSplit, .ingressBackend]

        @Test(
            "By the rules of kstatus an object is current exactly while what was applied is in force", arguments: kinds)
        func kstatus(kind: MeshKind) async throws {
            let stages = try await Self.stages(of: kind, MeshKind.cluster())
            #expect(stages.count == 9)
            for stage in stages { #expect(Kstatus(of: stage.object) == stage.verdict, "\(stage.name)") }
            let generations = stages.map { $0.object["metadata"]["generation"].integer ?? 0 }
            #expect(generations[5] == 1 && generations[6] == 2)
        }

        @Test(
            "Argo CD's script says the same",
            .enabled("needs lua5.3") { await HealthScript.offersLua(for: "Argo CD's script says the same") })
        func argoCD() async throws {
            let names: [Kstatus: String] = [
                .inProgress: "Progressing", .failed: "Degraded", .current: "Healthy", .terminating: "Progressing",
            ]
            let stages = try await Self.stages(of: .trafficSplit, MeshKind.cluster())
            for stage in stages {
                #expect(try await HealthScript.argoCD(stage.object) == names[stage.verdict], "\(stage.name)")
            }
            // An object of the original's schema has no status.
            var bare = stages[0].object
            bare["status"] = .null
            #expect(try await HealthScript.argoCD(bare) == "Progressing")
        }

        @Test(
            "Flux's expressions say the same",
            .enabled("needs cel-python") { await HealthScript.offersCEL(for: "Flux's expressions say the same") })
        func flux() async throws {
            let checks = try Tree.documents(yaml: Checkout.text("config/gitops/flux/mesh.yaml"))[0]["spec"][
                "healthCheckExprs"]
            let check = try #require(checks.list.first { $0["kind"] == "TrafficSplit" })
            let stages = try await Self.stages(of: .trafficSplit, MeshKind.cluster())
            // What is being deleted is for Flux what it was before.
            for stage in stages where stage.verdict != .terminating {
                #expect(try await HealthScript.flux(stage.object, check) == stage.verdict.rawValue, "\(stage.name)")
            }
        }

        @Test("Argo CD and Flux are told of every kind")
        func completeness() async throws {
            let cluster = try await TestCluster.shared()
            let map = try await cluster.kubectlOutput(["kustomize", Checkout.path("config/gitops/argocd")])
            let data = try #require(try Tree.documents(yaml: map)[0]["data"].map)
            let script = try Checkout.text("config/gitops/argocd/health.lua")
            let names = MeshKind.all.map { "resource.customizations.health.\($0.group)_\($0.name)" }
            #expect(data == Dictionary(uniqueKeysWithValues: names.map { ($0, .text(script)) }))

            let checks = try Tree.documents(yaml: Checkout.text("config/gitops/flux/mesh.yaml"))[0]["spec"][
                "healthCheckExprs"]
            let kinds = checks.list.map {
                "\($0["apiVersion"].text?.split(separator: "/").first ?? "") \($0["kind"].text ?? "")"
            }
            #expect(kinds.sorted() == MeshKind.all.map { "\($0.group) \($0.name)" }.sorted())
            for check in checks.list {
                for expression in ["inProgress", "failed", "current"] {
                    #expect(check[expression] == checks.list[0][expression])
                    #expect(check[expression].text?.isEmpty == false)
                }
            }
        }
    }
}
