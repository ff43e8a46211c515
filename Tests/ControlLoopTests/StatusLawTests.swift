import ControlLoop
import MeshModel
import MeshStatus
import PolicyCompiler
import TestInstruments
import Testing
import XDSCache

@Suite("The status of random meshes")
struct StatusLawTests {
    fileprivate static let trust = TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM")
    fileprivate static let now = Timestamp(seconds: 0)

    /// A graph with a table of statuses behind it, and what proxies see.
    fileprivate struct Watched {
        let graph = PolicyGraph(settings: MeshSettings(), trust: trust)
        var table = StatusTable()
        var revision: Revision = 0
        var views: [ObjectName: PodView.View] = [:]
        var layers: [ViewLayer.Key: [DerivedResource]] = [:]
        var values: [DerivedResource: DerivedValue] = [:]

        /// Takes up a batch.
        ///
        /// - Returns: The pods whose proxies were there before and see something else now.
        mutating func apply(_ batch: [TableChange]) -> Set<ObjectName> {
            let before = self
            let difference = graph.apply(batch)
            for (key, value) in difference.views { views[key] = value }
            for (key, value) in difference.layers { layers[key] = value }
            for (key, value) in difference.resources { values[key] = value }
            revision += 1
            table.apply(StatusChange(batch, difference), at: revision, StatusLawTests.now)
            let changed = Set(
                difference.resources.keys.filter { before.values[$0]?.value != values[$0]?.value })
            return Set(
                views.filter { pod, view in
                    guard let old = before.views[pod], old.uid == view.uid else { return false }
                    let (seen, sees) = (before.resources(of: old), resources(of: view))
                    return seen != sees || !sees.isDisjoint(with: changed)
                }.keys)
        }

        private func resources(of view: PodView.View) -> Set<DerivedResource> {
            Set(view.layers.flatMap { layers[$0] ?? [] })
        }

        /// All proxies connected, with everything acknowledged but for the last revision by some.
        func progress(behind pods: Set<ObjectName> = []) -> [ProxyID: ProxyProgress] {
            Dictionary(
                uniqueKeysWithValues: views.map { pod, view in
                    (
                        ProxyID(pod: pod, uid: view.uid),
                        ProxyProgress(isConnected: true, acknowledged: revision - (pods.contains(pod) ? 1 : 0))
                    )
                })
        }
    }

    @Test("waits for exactly the proxies that see something else after the edit of an object", arguments: 0..<6)
    func soundness(seed: Int) throws {
        var mesh = RandomMesh(seed: UInt64(seed) &+ 500)
        var watched = Watched()
        var (waited, free) = (0, 0)
        for number in 0..<(isSoak ? 20_000 : 2_000) {
            let edit = mesh.edit()
            let changed = watched.apply([edit])
            let report = watched.table.report(watched.progress(behind: changed), at: Self.now)
            watched.table.forgetPassed(watched.progress())
            let object = report.objects.first {
                $0.kind == edit.key.kind.rawValue && $0.namespace == edit.key.name.namespace
                    && $0.name == edit.key.name.name
            }
            guard let object, object[.accepted]?.status == .yes, let programmed = object[.programmed] else { continue }
            guard changed.isEmpty else {
                waited += 1
                let counts = programmed.message.prefix { $0 != " " }.split(separator: "/").compactMap { Int($0) }
                guard programmed.reason == .pending, counts.count == 2, counts[1] - counts[0] == changed.count else {
                    let pods = changed.sorted()
                    let message = programmed.message
                    Issue.record("seed \(seed), \(number), \(edit): \(pods) see something else, but \(message)")
                    return
                }
                continue
            }
            free += 1
            #expect(programmed.status == .yes)
        }
        #expect(waited >= 100)
        #expect(free >= 100)
        print("figure: seed \(seed): of accepted edits \(waited) were waited for, \(free) changed nothing that is seen")
    }

    @Test("is the one of a controller that starts with these objects", arguments: 0..<6)
    func restart(seed: Int) {
        var mesh = RandomMesh(seed: UInt64(seed) &+ 700)
        var random = SeededGenerator(seed: UInt64(seed))
        var watched = Watched()
        for _ in 0..<(isSoak ? 2_000 : 200) {
            var batch: [ObjectKey: TableChange] = [:]
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let edit = mesh.edit()
                batch[edit.key] = edit
            }
            _ = watched.apply(batch.sorted { $0.key < $1.key }.map(\.value))
            var fresh = Watched()
            _ = fresh.apply(mesh.objects.sorted { $0.key < $1.key }.map(\.value))
            let (one, other) = (watched.lines, fresh.lines)
            #expect(!one.isEmpty || mesh.objects.count < 10)
            guard one == other else {
                Issue.record("seed \(seed): \(Set(one).symmetricDifference(other).sorted())")
                return
            }
        }
    }
}

extension StatusLawTests.Watched {
    /// Every condition of every object where all proxies have acknowledged everything.
    fileprivate var lines: [String] {
        table.report(progress(), at: Timestamp(seconds: 0)).objects.flatMap { object in
            object.conditions.map {
                "\(object.kind) \(object.namespace)/\(object.name) \(object.generation) \($0.type) \($0.status) "
                    + "\($0.reason.rawValue) \($0.message)"
            }
        }
    }
}
