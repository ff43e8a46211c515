import MeshModel
import Testing

@testable import OwnedObjects

@Suite("The webhooks as they are registered")
struct WebhookConfigurationTests {
    private static let configurations = WebhookConfigurations(
        meshName: "m", osmNamespace: "osm-system", rootsPEM: "roots", timeout: .seconds(20), destination: .services)

    private static func webhooks(_ configuration: JSONContent) throws -> [[String: JSONContent]] {
        guard case .object(let members) = configuration, case .array(let webhooks)? = members["webhooks"] else {
            return []
        }
        return webhooks.compactMap { if case .object(let members) = $0 { members } else { nil } }
    }

    @Test("have the names, policies, selectors and time-outs of the original, and no side effects")
    func fields() throws {
        let mutating = try Self.webhooks(Self.configurations.mutating(owner: nil))
        let validating = try Self.webhooks(Self.configurations.validating(owner: nil))
        #expect(mutating.map { $0["name"] } == ["osm-inject.k8s.io"])
        #expect(
            validating.map { $0["name"] } == ["osm-validator.k8s.io", "osm-control-plane-validator.k8s.io"])
        #expect((mutating + validating).map { $0["failurePolicy"] } == ["Fail", "Fail", "Ignore"])
        for webhook in mutating + validating {
            #expect(webhook["sideEffects"] == "None")
            #expect(webhook["timeoutSeconds"] == 20)
            #expect(webhook["admissionReviewVersions"] == ["v1"])
            #expect(webhook["objectSelector"] == [:])
        }
        let selector: JSONContent = [
            "matchLabels": ["openservicemesh.io/monitored-by": "m"],
            "matchExpressions": [
                ["key": "openservicemesh.io/ignore", "operator": "DoesNotExist"],
                ["key": "control-plane", "operator": "DoesNotExist"],
                [
                    "key": "kubernetes.io/metadata.name", "operator": "NotIn",
                    "values": ["kube-public", "kube-system", "osm-system"],
                ],
            ],
        ]
        #expect(mutating[0]["namespaceSelector"] == selector)
        #expect(validating[0]["namespaceSelector"] == selector)
        #expect(
            validating[1]["namespaceSelector"] == ["matchLabels": ["app.kubernetes.io/name": "openservicemesh.io"]])
        #expect(
            mutating[0]["clientConfig"]
                == [
                    "caBundle": "cm9vdHM=",
                    "service": [
                        "namespace": "osm-system", "name": "osm-injector", "port": 9090, "path": "/mutate-pod-creation",
                    ],
                ])
    }

    @Test("hold where others add webhooks of their own or fields that the API server fills in, and only there")
    func differences() throws {
        let wanted = Self.configurations.mutating(owner: nil)
        func stored(_ change: (inout [String: JSONContent]) -> Void) throws -> RegisteredWebhooks {
            guard case .object(var members) = wanted else { throw Unreadable() }
            var own = try #require(try Self.webhooks(wanted).first)
            change(&own)
            members["webhooks"] = [["name": "other"], .object(own), ["name": "another"]]
            members["metadata"] = [
                "name": "osm-webhook-m", "resourceVersion": "7", "annotations": ["a": "b"],
                "labels": [
                    "app": "osm-injector", "app.kubernetes.io/name": "openservicemesh.io",
                    "app.kubernetes.io/instance": "m", "more": "of it",
                ],
            ]
            return RegisteredWebhooks(stored: .object(members))
        }
        #expect(try stored { _ in }.hold(wanted))
        #expect(try stored { $0["fieldOfALaterRelease"] = "x" }.hold(wanted))
        #expect(try stored { $0["matchConditions"] = [] }.hold(wanted))
        let changes: [(inout [String: JSONContent]) -> Void] = [
            { $0["matchConditions"] = [["name": "never", "expression": "false"]] },
            { $0["objectSelector"] = ["matchLabels": ["x": "y"]] },
            { $0["namespaceSelector"] = ["matchLabels": ["x": "y"]] },
            { $0["failurePolicy"] = "Ignore" },
            { $0["rules"] = [] },
            { $0["name"] = "renamed" },
            { $0["clientConfig"] = ["url": "https://elsewhere"] },
        ]
        for change in changes {
            let registered = try stored(change)
            #expect(!registered.hold(wanted))
            let patch = registered.replacing(wanted)
            #expect(try Self.webhooks(patch).first?["name"] == "osm-inject.k8s.io")
            #expect(try Self.webhooks(patch).map { $0["name"] }.contains("other"))
            guard case .object(let members) = patch else { throw Unreadable() }
            #expect(members["metadata"] == ["resourceVersion": "7"])
        }
    }

    private struct Unreadable: Error {}
}
