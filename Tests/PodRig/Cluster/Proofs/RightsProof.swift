import Foundation

/// The controller's service account may do what it must, and no more.
struct RightsProof: OperatorProof {
    let name = "rights"
    let promise =
        "the API server refused the controller nothing, and the controller made use of every right that it has"

    private static let webhooks = "webhooks, without which the controllers of these proofs run"

    /// Rights that a run need not come to use, and when they are used.
    private static let rare = [
        "authentication.k8s.io/tokenreviews create": "a token whose key the controller does not know",
        "/secrets patch": "roots that are replaced",
        "/secrets delete": "the certificate of an ingress gateway that is not asked for any more",
        "/configmaps delete": "namespaces that leave the mesh",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations create": webhooks,
        "admissionregistration.k8s.io/mutatingwebhookconfigurations get": webhooks,
        "admissionregistration.k8s.io/mutatingwebhookconfigurations patch": webhooks,
        "admissionregistration.k8s.io/validatingwebhookconfigurations create": webhooks,
        "admissionregistration.k8s.io/validatingwebhookconfigurations get": webhooks,
        "admissionregistration.k8s.io/validatingwebhookconfigurations patch": webhooks,
    ]

    private struct Event: Decodable {
        struct User: Decodable { let username: String }
        struct Reference: Decodable {
            let resource: String?
            let subresource: String?
            let apiGroup: String?
        }
        struct Response: Decodable { let code: Int? }

        let verb: String
        let user: User
        let requestURI: String
        let objectRef: Reference?
        let responseStatus: Response?

        /// What is asked for, as a role names it.
        var right: String {
            guard let objectRef, let resource = objectRef.resource else { return "\(requestURI) \(verb)" }
            let name = resource + (objectRef.subresource.map { "/\($0)" } ?? "")
            return "\(objectRef.apiGroup ?? "")/\(name) \(verb)"
        }
    }

    func run(_ run: OperatorRun) throws -> String {
        for (object, isReady) in OtherKinds.objects { try expectTold(run, object, isReady) }
        // A watch is written down when it ends.
        for replica in run.rig.replicas where replica.isRunning {
            run.expect("\(replica.name) asked to end", "ends with 0", seen: "ends with \(try replica.stop())")
        }
        let account = "system:serviceaccount:osm-system:osm-controller"
        var used: [String: Int] = [:]
        // By what was asked for and where; in the order of the requests.
        var refused: [String: String] = [:]
        var refusals = 0
        var tail = LogTail(path: run.rig.cluster.auditLog)
        for line in tail.newLines() where line.contains(account) {
            let event = try JSONDecoder().decode(Event.self, from: Data(line.utf8))
            guard event.user.username == account else { continue }
            used[event.right, default: 0] += 1
            let place = event.right + " " + (event.requestURI.split(separator: "?").first ?? "")
            // An API server that has just started does not know all roles yet: what it allows later counts.
            if event.responseStatus?.code == 403 {
                refused[place] = "\(event.right) (\(event.requestURI))"
                refusals += 1
            } else {
                refused[place] = nil
            }
        }
        run.expect("requests of the controller", ">= 1", !used.isEmpty, seen: "0")
        run.expect("what the controller was refused", "", seen: refused.values.sorted().joined(separator: ", "))
        let granted = try granted(run)
        let unused = granted.filter { used[$0] == nil && Self.rare[$0] == nil }
        run.expect("rights without use", "", seen: unused.sorted().joined(separator: ", "))
        return
            "\(used.values.reduce(0, +)) requests of the controller, \(refused.count) forbidden (\(refusals - refused.count) more while an API "
            + "server had just started); \(granted.count) rights, \(unused.count) without use"
    }

    /// Expects that the author of an object is told whether it has effect.
    private func expectTold(_ run: OperatorRun, _ object: ClusterObject, _ isReady: Bool) throws {
        let expected = isReady ? "True" : "False"
        var last: ClusterObject.Stored?
        try Waiting.until(
            "Ready of \(object.kind) \(object.place) to be \(expected)", within: .seconds(90),
            explanation: { last?.text ?? "the object is not there" }
        ) { () -> Void? in
            last = try run.kubectl.get(object)
            return last?["Ready"]?.status == expected ? () : nil
        }
    }

    /// Every right that roles give the controller, as `group/resource verb`.
    private func granted(_ run: OperatorRun) throws -> Set<String> {
        let bindings = try all(Binding.self, "clusterrolebindings,rolebindings", run)
        let mine = Set(
            bindings.filter { binding in
                binding.subjects?.contains { $0.name == "osm-controller" && $0.namespace == "osm-system" } ?? false
            }.map(\.roleRef.name))
        let roles = try all(Role.self, "clusterroles,roles", run)
        var rights: Set<String> = []
        for rule in roles.filter({ mine.contains($0.metadata.name) }).flatMap({ $0.rules ?? [] }) {
            for verb in rule.verbs {
                for group in rule.apiGroups ?? [] {
                    for resource in rule.resources ?? [] { rights.insert("\(group)/\(resource) \(verb)") }
                }
                for url in rule.nonResourceURLs ?? [] { rights.insert("\(url) \(verb)") }
            }
        }
        return rights
    }

    private func all<Item: Decodable>(_: Item.Type, _ kinds: String, _ run: OperatorRun) throws -> [Item] {
        let text = try run.kubectl.check(["get", kinds, "--all-namespaces", "--output", "json"])
        return try JSONDecoder().decode(List<Item>.self, from: Data(text.utf8)).items
    }

    private struct List<Item: Decodable>: Decodable { let items: [Item] }
    private struct Named: Decodable { let name: String }

    private struct Binding: Decodable {
        struct Subject: Decodable {
            let kind: String
            let name: String
            let namespace: String?
        }

        let roleRef: Named
        let subjects: [Subject]?
    }

    private struct Role: Decodable {
        struct Rule: Decodable {
            let apiGroups: [String]?
            let resources: [String]?
            let nonResourceURLs: [String]?
            let verbs: [String]
        }

        let metadata: Named
        let rules: [Rule]?
    }
}
