import Foundation
import MeshModel
import MeshStatus
import Testing

@testable import CertificateAuthority
@testable import OwnedObjects

@Suite("What is told of roots")
struct RootEventsTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)
    private static let day: TimeInterval = 86_400

    private static func root(_ id: String) -> TrustState.Root {
        TrustState.Root(id: id, pem: id, object: "mrc-\(id)", trustDomain: "cluster.local", source: .secret(name: id))
    }

    private static func status(
        _ id: String, _ standing: RootClaims.Standing = .signing, days: Double = 3650, left: Double = 3000
    ) -> RootStatus {
        var metadata = ObjectMetadata(name: "mrc-\(id)", namespace: "osm-system")
        metadata.uid = "uid-\(id)"
        let end = start.addingTimeInterval(left * day)
        return RootStatus(
            metadata: metadata, issuer: "Tresor",
            claim: .init(object: "mrc-\(id)", created: 1, role: .active, root: .success(root(id))), standing: standing,
            notAfter: end.formatted(.iso8601), life: end.addingTimeInterval(-days * day)...end)
    }

    private static func mesh(_ state: TrustState, _ step: TrustPlan.Step) throws -> RootStatus.Standing {
        .init(
            state: state, decision: .init(next: nil, step: step, pods: [], participants: []), pods: 2)
    }

    @Test("Each step of a rotation is told once, as the statuses in the cluster change")
    func steps() throws {
        let object = Self.status("new")
        let old = TrustState(signing: Self.root("old"), others: [Self.root("new")])
        let signing = TrustState(signing: Self.root("new"), others: [Self.root("old")])
        let alone = TrustState(signing: Self.root("new"))
        var stored = KnownStatus(uid: "uid-new")
        var told: [String] = []
        let steps: [(TrustState, TrustPlan.Step)] = [
            (old, .distributing), (old, .distributing), (signing, .reissuing), (signing, .reissuing),
            (alone, .distributing), (alone, .settled), (alone, .settled),
        ]
        for (state, step) in steps {
            let status = object.status(
                try Self.mesh(state, step), former: stored, now: Timestamp(seconds: 1_790_000_000))
            if let event = RootEvents.telling(stored, status) { told.append(event.reason) }
            stored = status
        }
        #expect(told == ["RootDistributing", "RootSigning", "RootAlone", "RootInEffect"])
    }

    @Test("A root that goes is told of on its object, by who saw it")
    func removal() {
        var events = RootEvents()
        let both = TrustState(signing: Self.root("new"), others: [Self.root("old")])
        let objects = [Self.status("new"), Self.status("old", .superseded(by: "mrc-new"))]
        #expect(events.telling(both, objects, now: Self.start).isEmpty)
        let told = events.telling(TrustState(signing: Self.root("new")), objects, now: Self.start)
        #expect(told.map(\.event.reason) == ["RootRemoved"])
        #expect(told.map(\.about.name) == ["mrc-old"])
        #expect(events.telling(TrustState(signing: Self.root("new")), objects, now: Self.start).isEmpty)
    }

    @Test("A root that ends soon is told of at a third of its life, at 30 days and at 24 hours, each once")
    func expiry() {
        var events = RootEvents()
        let state = TrustState(signing: Self.root("a"))
        var told: [String] = []
        for left in [1300, 1200, 1100, 31, 29.0, 20, 2, 0.9, 0.5] {
            for _ in 0..<2 {
                told += events.telling(state, [Self.status("a", left: left)], now: Self.start).map {
                    "\($0.event.weight.rawValue) \($0.event.message.prefix(34))"
                }
            }
        }
        #expect(
            told == [
                "Normal less than a third of the root's li", "Warning the root ends in less than 30 days",
                "Warning the root ends in less than 24 hour",
            ])
        // A root that does nothing is nobody's concern.
        #expect(events.telling(state, [Self.status("b", .inactive, left: 1)], now: Self.start).isEmpty)
    }

    @Test(
        "The condition says that a root ends in less than 30 days, and no sooner",
        arguments: [(1000, false), (29, true), (0.5, true)])
    func hint(left: Double, isTold: Bool) throws {
        let status = Self.status("a", left: left).status(
            try Self.mesh(TrustState(signing: Self.root("a")), .settled), former: KnownStatus(uid: "uid-a"),
            now: Timestamp(seconds: 1_790_000_000))
        #expect(status[.ready]?.status == .yes)
        #expect(status[.programmed]?.message.contains("make another MeshRootCertificate") == isTold)
    }

    @Test("Each part of the mesh, and each step, has the original's words")
    func components() throws {
        let gateway = "Secret edge/gateway"
        let old = TrustState(signing: Self.root("old"), others: [Self.root("new")])
        let signing = TrustState(signing: Self.root("new"), others: [Self.root("old")])
        let alone = TrustState(signing: Self.root("new"))
        let (new, former) = (Self.status("new"), Self.status("old", .superseded(by: "mrc-new")))
        func told(
            _ object: RootStatus, _ state: TrustState, _ step: TrustPlan.Step, pods: [String] = [],
            others: [String] = []
        ) -> String {
            let mesh = RootStatus.Standing(
                state: state, decision: .init(next: nil, step: step, pods: pods, participants: others), pods: 2,
                hasGateway: true)
            let status = object.status(mesh, former: KnownStatus(uid: "u"), now: Timestamp(seconds: 1_790_000_000))
            #expect(status.components["xdsControlPlane"] == "unused" && status.components.count == 6)
            let steps = status.conditions.map(\.type.rawValue).filter { $0.contains("Roll") }
            return ([status.components["sidecar"] ?? "", status.components["gateway"] ?? ""] + steps)
                .joined(separator: " ")
        }
        #expect(told(new, alone, .distributing).hasPrefix("issuing issuing"))
        #expect(told(new, TrustState(signing: Self.root("old")), .settled) == "unused unused ValidatingRollout")
        #expect(told(new, old, .distributing, pods: ["a"]) == "unknown validating ValidatingRollout")
        #expect(told(new, old, .distributing, others: [gateway]) == "validating unknown ValidatingRollout")
        #expect(told(new, signing, .reissuing, pods: ["a"]) == "unknown issuing IssuingRollout")
        #expect(told(former, signing, .reissuing) == "validating validating IssuingRollback")
        #expect(told(former, signing, .distributing) == "validating validating ValidatingRollback")
        #expect(told(former, alone, .settled) == "unused unused")
        #expect(told(new, alone, .settled) == "issuing issuing")
    }

    @Test("The parts are written as one field, and read back")
    func componentPatch() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let status = KnownStatus(uid: "u", observedGeneration: 1, components: ["sidecar": "issuing"])
        let text = String(decoding: try encoder.encode(StatusPatch(status, former: nil)), as: UTF8.self)
        #expect(text.contains(#""componentStatuses":{"sidecar":"issuing"}"#))
        let stored =
            #"{"metadata":{"name":"a","namespace":"b","uid":"u"},"status":{"componentStatuses":{"sidecar":"issuing"}}}"#
        let observed = try JSONDecoder().decode(ObservedObject.self, from: Data(stored.utf8))
        #expect(observed.status.components == ["sidecar": "issuing"])
    }
}
