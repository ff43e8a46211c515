import Foundation
import MeshModel

/// Edits touch neither requests nor connections that stay allowed.
struct EditsProof: Proof {
    let name = "edits"
    let promise = "edits of every kind under steady traffic: no request fails, no open TCP connection is lost"

    /// The last one changes what proxies have, whatever came before it.
    private static let kinds =
        ["TrafficSplit", "HTTPRouteGroup", "TrafficTarget", "TCPRoute", "Service", "EndpointSlice"] + EditedKinds.all
        + ["MeshConfig"]

    /// The pods that are not ready for a while.
    ///
    /// One pod of a version stays; connections to the others are held, and none are made meanwhile.
    private static let takenOut = ["web-1", "db-0", "web-1b", "echo"]

    func run(_ run: ProofRun) throws -> String {
        var counts: [String: Int] = [:]
        var unready: String?
        let outside = try OutsideServer(on: run.rig)
        defer { outside.stop() }
        try startKinds(run)
        let start = ContinuousClock.now
        for number in 0..<run.edits {
            let (kind, round) = (Self.kinds[number % Self.kinds.count], number / Self.kinds.count)
            let before = try run.status().revision
            if kind == "EndpointSlice" {
                unready = unready == nil ? Self.takenOut[round / 2 % Self.takenOut.count] : nil
                try publish(run, without: unready)
            } else {
                var policies = run.policies
                edit(&policies, kind, round)
                try run.write(policies)
            }
            if EditedKinds.all.contains(kind) {
                let object = EditedKinds.object(of: kind, round: round)
                if round % 2 == 0 { try run.awaitProgrammed(object.kind, object.place) }
                counts[kind, default: 0] += 1
                continue
            }
            // In every other round each edit is in effect before the next one; else they come on each other's heels.
            if round % 2 == 0 || kind == Self.kinds.last {
                try run.awaitAcknowledged(since: before)
            } else {
                Thread.sleep(forTimeInterval: 0.03)
            }
            counts[kind, default: 0] += 1
            if (number + 1) % 100 == 0 { run.note("\(number + 1) edits") }
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        let figures = try run.finishTraffic()
        for kind in Self.kinds {
            let count = counts[kind] ?? 0
            run.expect("edits of a \(kind)", ">= \(run.edits / 20)", count >= run.edits / 20, seen: "\(count)")
        }
        let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return "\(run.edits) edits (\(kinds)) in \(Int(seconds)) s: \(figures)"
    }

    /// Brings objects of all kinds into effect, and starts traffic through all of them.
    private func startKinds(_ run: ProofRun) throws {
        var policies = run.policies
        policies.kinds = EditedKinds()
        try run.write(policies)
        for kind in EditedKinds.all {
            for round in 0..<3 {
                let object = EditedKinds.object(of: kind, round: round)
                try run.awaitProgrammed(object.kind, object.place)
            }
        }
        let gateway = try run.rig.attach("gateway", EditedKinds.gatewayAddress, "edge")
        let server = try run.rig.pod("web-2").specification.address
        run.mesh.loads.append(
            try Traffic(
                from: "gateway", in: gateway, run.rig.programs, url: "http://\(server):\(ProofPods.webPort)/ok",
                to: "web-2", rate: run.rate / 8))
        let client = try run.rig.pod("client-1")
        run.mesh.loads.append(
            try Traffic(
                from: client, method: "GET", url: "http://one.outside.test:\(EditedKinds.httpPort)/ok", to: "outside",
                rate: run.rate / 8))
        let lines = try TCPTraffic(
            from: client, address: "\(OutsideServer.address(1)):\(EditedKinds.linesPort)", to: "outside",
            isGreeted: false, connections: 4, rate: 20)
        run.mesh.connections.append(lines)
        try lines.awaitOpen()
        // There are more clients than in other proofs.
        try run.startTraffic(rate: run.rate / 4)
    }

    /// Edits one object, so that what the traffic does stays allowed.
    private func edit(_ policies: inout ProofPolicies, _ kind: String, _ round: Int) {
        switch kind {
        case _ where EditedKinds.all.contains(kind): policies.kinds?.edit(kind, round: round)
        case "TrafficSplit":
            let weights = [[100, 0], [1, 99], [0, 1], [50, 50], [3, 1]]
            switch round % 3 {
            case 0:
                policies.hasSplit = true
                policies.weights = weights[round / 3 % weights.count]
            case 1: policies.hasSplit = false
            // Open connections stay where they are, also when no new one would get there.
            default: policies.echoWeights = weights[(round / 3 + 1) % weights.count]
            }
        case "HTTPRouteGroup":
            if round % 4 == 3 {
                policies.hasFlipPath.toggle()
            } else {
                policies.otherPaths = policies.otherPaths.count < 3 ? policies.otherPaths + [round] : []
            }
        case "TrafficTarget":
            if round % 4 == 2 {
                policies.hasSecondTarget.toggle()
            } else if round % 4 == 3 {
                policies.databaseSources = policies.databaseSources.count == 2 ? ["client-1"] : ProofPods.clients
            } else {
                policies.otherSources = policies.otherSources.count < 3 ? policies.otherSources + [round] : []
            }
        case "TCPRoute":
            if round % 2 == 1 {
                policies.hasOtherEchoPort.toggle()
            } else {
                policies.otherPorts = policies.otherPorts.isEmpty ? [9100 + round % 7, 9200] : []
            }
        case "Service":
            if round % 2 == 1 { policies.hasOtherWebPort.toggle() } else { policies.remark += 1 }
        default:
            if round % 2 == 1 { policies.isPermissive.toggle() } else { policies.isEgressOpen.toggle() }
        }
    }

    /// Writes the endpoints, with one pod not ready.
    private func publish(_ run: ProofRun, without pod: String?) throws {
        try run.rig.publishEndpoints()
        guard let pod else { return }
        let text = try run.rig.manifests.text(of: "endpoints.yaml")
        let reference = "\n    targetRef:\n      kind: Pod\n      namespace: shop\n      name: \(pod)\n"
        let changed = text.replacing("ready: true\(reference)", with: "ready: false\(reference)")
        guard changed != text else { throw RigError(.file, "no endpoint \(pod) is ready in endpoints.yaml") }
        try run.rig.manifests.write(changed, to: "endpoints.yaml")
    }
}
