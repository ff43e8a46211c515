import Foundation

/// A user's mistake is told on the object that has it, and touches nothing else.
struct MistakesProof: OperatorProof {
    let name = "mistakes"
    let promise = "a mistake is a condition that says what to do; everything else stays in effect; mending it clears it"

    /// A mistake, and how it is mended.
    private struct Mistake {
        let what: String
        let object: ClusterObject
        /// What is applied; `nil` for an edit of the MeshConfig.
        let manifest: String?
        /// The condition that must be false.
        let condition: String
        /// What its message must have.
        let says: [String]
        /// What is applied to mend it; `nil` for an edit of the MeshConfig.
        let mended: String?
    }

    func run(_ run: OperatorRun) throws -> String {
        try run.startTraffic()
        var figures: [String] = []
        for mistake in Self.all {
            try apply(mistake.manifest, run, validity: "yesterday")
            let object = try expectCondition(run, mistake)
            let condition = object[mistake.condition]
            figures.append("\(mistake.what): \(condition?.reason ?? ""), `\(condition?.message ?? "")`")
            // A second edit elsewhere, while the mistake is there, gets into effect as ever.
            var policies = run.policies
            policies.weights = policies.weights == [100, 0] ? [0, 100] : [100, 0]
            try run.apply(policies)
            try run.await("Programmed", of: ClusterObject(kind: "TrafficSplit", namespace: "shop", name: "web"))
            var probes = ProbeTally()
            try probes.check(run.policies, run, "with \(mistake.what)")
            try apply(mistake.mended, run, validity: "24h")
            try run.await("Ready", of: mistake.object)
            let mended = try run.kubectl.get(mistake.object)
            run.expect(
                "\(mistake.what), mended", "nothing stalled", mended["Stalled"]?.isTrue != true, seen: mended.text)
        }
        return figures.joined(separator: "; ") + "; " + (try run.finishTraffic())
    }

    private func apply(_ manifest: String?, _ run: OperatorRun, validity: String) throws {
        if let manifest { return try run.add(manifest) }
        var policies = run.policies
        policies.validity = validity
        try run.apply(policies)
    }

    /// Waits until a mistake is told, and expects how.
    private func expectCondition(_ run: OperatorRun, _ mistake: Mistake) throws -> ClusterObject.Stored {
        let generation = try run.kubectl.get(mistake.object).generation
        var last: ClusterObject.Stored?
        let stored = try Waiting.until(
            "\(mistake.condition) to be false: \(mistake.what)", pause: .milliseconds(10),
            explanation: { last?.text ?? "the object is not there" }
        ) { () -> ClusterObject.Stored? in
            last = try run.watch.last(mistake.object)
            guard let last, last.generation == generation, let condition = last[mistake.condition] else { return nil }
            let isTold = condition.status == "False" && condition.observedGeneration == generation
            return isTold && last["Stalled"]?.observedGeneration == generation ? last : nil
        }
        let message = stored[mistake.condition]?.message ?? ""
        for text in mistake.says {
            run.expect("the message of \(mistake.what)", "`\(text)` in it", message.contains(text), seen: message)
        }
        run.expect(mistake.what, "Ready False", stored["Ready"]?.status == "False", seen: stored.text)
        run.expect(mistake.what, "Stalled True", stored["Stalled"]?.isTrue == true, seen: stored.text)
        run.expect(mistake.what, "a reason", stored[mistake.condition]?.reason.isEmpty == false, seen: stored.text)
        return stored
    }

    private static var all: [Mistake] {
        [
            Mistake(
                what: "a TrafficTarget that names a missing HTTPRouteGroup",
                object: ClusterObject(kind: "TrafficTarget", namespace: "shop", name: "mistaken"),
                manifest: target(rule: "absent"),
                condition: "ResolvedRefs", says: ["absent", "HTTPRouteGroup"], mended: group("absent", path: "/a")),
            Mistake(
                what: "a second TrafficSplit of one service",
                object: ClusterObject(kind: "TrafficSplit", namespace: "shop", name: "web-again"),
                manifest: split(of: "web"), condition: "Accepted", says: ["shop/web"], mended: split(of: "web-2")),
            Mistake(
                what: "a bad regular expression",
                object: ClusterObject(kind: "HTTPRouteGroup", namespace: "shop", name: "mistaken"),
                manifest: group("mistaken", path: "\"/[a-\""), condition: "Accepted",
                says: ["spec.matches[0].pathRegex"],
                mended: group("mistaken", path: "/b")),
            Mistake(
                what: "a MeshConfig with a bad value",
                object: ClusterObject(kind: "MeshConfig", namespace: "osm-system", name: "osm-mesh-config"),
                manifest: nil, condition: "Accepted",
                says: ["yesterday", "serviceCertValidityDuration"], mended: nil),
        ]
    }

    private static func head(_ version: String, _ kind: String, _ name: String) -> String {
        "apiVersion: \(version)\nkind: \(kind)\nmetadata:\n  name: \(name)\n  namespace: shop\n"
    }

    private static func group(_ name: String, path: String) -> String {
        head("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", name)
            + "spec:\n  matches:\n    - name: a\n      pathRegex: \(path)\n      methods: [GET]\n"
    }

    private static func split(of service: String) -> String {
        head("split.smi-spec.io/v1alpha4", "TrafficSplit", "web-again")
            + "spec:\n  service: \(service)\n  backends:\n    - service: web-1\n      weight: 1\n"
    }

    private static func target(rule: String) -> String {
        let account = "kind: ServiceAccount\n    name: web\n    namespace: shop\n"
        let source = "kind: ServiceAccount\n      name: client-1\n      namespace: clients\n"
        return head("access.smi-spec.io/v1alpha3", "TrafficTarget", "mistaken")
            + "spec:\n  destination:\n    \(account)  sources:\n    - \(source)"
            + "  rules:\n    - kind: HTTPRouteGroup\n      name: \(rule)\n"
    }
}
