import ManifestSource
import MeshModel
import Oracle
import PolicyAnalysis
import PolicyCompiler
import TestInstruments
import Testing

@Suite("Differences and the oracle")
struct DifferenceLawTests {
    /// A mesh at one time, as both see it.
    private struct Moment {
        let snapshot: MeshSnapshot
        let oracle: Oracle
        let addresses: [ServicePort: [SocketAddress]]

        init(_ compiled: CompiledMesh, _ objects: MeshObjects) {
            compiled.become(MeshContents(objects))
            snapshot = compiled.snapshot()
            oracle = Oracle(objects)
            var addresses: [ServicePort: [SocketAddress]] = [:]
            for address in oracle.claimedAddresses {
                if let owner = oracle.owner(of: address) { addresses[owner, default: []].append(address) }
            }
            self.addresses = addresses
        }

        /// Whether some pod of a client has a proxy.
        func hasProxy(_ client: ServiceIdentity) -> Bool {
            snapshot.contents.pods.values.contains { row in
                row.object.identity == client && oracle.hasProxy(row.object.name)
            }
        }

        func fate(_ key: MeshSnapshot.FlowKey, _ request: Request) -> OracleFate? {
            guard hasProxy(key.client) else { return nil }
            return OracleFate(oracle, key.client, key.port, addresses[key.port] ?? [], request)
        }

        func predicted(_ key: MeshSnapshot.FlowKey, _ request: Request) -> OracleFate? {
            let isHTTP = oracle.port(key.port)?.isHTTP ?? true
            return snapshot.flows[key].map { OracleFate($0.fate(of: RequestDescription(request), isHTTP: isHTTP)) }
        }
    }

    private struct Tally {
        var edits = 0
        var flows = 0
        var questions = 0
        var changed = 0
        var kinds: [MeshDifference.Kind: Int] = [:]
        /// Changes for which no request was found of which something else becomes.
        var unwitnessed = 0
        var departures = 0
    }

    private static let identities = ["n0", "n1"].flatMap { namespace in
        (0..<3).map { ServiceIdentity(namespace: namespace, serviceAccount: "a\($0)") }
    }

    private static let destinations = ["10.0.0.5", "10.0.0.200", "10.1.0.3", "10.77.3.8", "192.0.2.1", "fd00::5"]
        .compactMap { IPAddress($0) }

    @Test("agree on which flows an edit changes, and that no other does")
    func predict() {
        var tally = Tally()
        for seed in 0..<(isSoak ? 40 : 8) {
            var mesh = RandomMesh(seed: UInt64(seed) &+ 500)
            let compiled = CompiledMesh()
            var before = Moment(compiled, mesh.objects)
            for round in 0..<25 {
                // Left to chance most edits change no flow, and hardly any only makes a port known.
                if round.isMultiple(of: 3) { mesh.edit() } else { mesh.editFlows() }
                let after = Moment(compiled, mesh.objects)
                compare(before, after, &mesh, &tally, "seed \(seed), round \(round)")
                before = after
            }
        }
        #expect(tally.edits >= 200)
        #expect(tally.changed >= 100)
        for kind in MeshDifference.Kind.allCases {
            #expect(tally.kinds[kind, default: 0] >= 10, "hardly any change was \(kind)")
        }
        #expect(tally.departures >= 20)
        // Two spellings of the same requests are told as a change: rare, or the list would be worthless.
        #expect(tally.unwitnessed * 20 <= tally.flows)
        print(
            "figure: \(tally.edits) edits, \(tally.flows) changed flows told, \(tally.questions) questions of which "
                + "\(tally.changed) had another answer, none of a flow that was not told; "
                + tally.kinds.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
                + "; \(tally.unwitnessed) told without a request that shows it; \(tally.departures) changed departures")
    }

    @Test("keep one of two spellings of the same requests")
    func spellings() throws {
        let more = """
            apiVersion: specs.smi-spec.io/v1alpha4
            kind: HTTPRouteGroup
            metadata: {name: more, namespace: shop}
            spec: {matches: [{name: all, methods: ["*"]}, {name: every, pathRegex: .*}]}
            ---
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: more, namespace: shop}
            spec:
              destination: {kind: ServiceAccount, name: store, namespace: shop}
              sources: [{kind: ServiceAccount, name: front, namespace: web}]
              rules: [{kind: HTTPRouteGroup, name: more}]

            """
        let check = ManifestCheck([try ManifestCase.file("base"), ManifestFile(name: "more.yaml", text: more)])
        let flows = CompiledMesh(PlannedMesh(check).contents).snapshot().flows
        #expect(flows.values.map(\.allowed.count) == [1])
    }

    private func compare(
        _ before: Moment, _ after: Moment, _ mesh: inout RandomMesh, _ tally: inout Tally, _ place: String
    ) {
        let difference = MeshDifference(from: before.snapshot, to: after.snapshot)
        let told = Dictionary(
            uniqueKeysWithValues: difference.flows.map { (MeshSnapshot.FlowKey(client: $0.client, port: $0.port), $0) })
        tally.edits += 1
        tally.flows += told.count
        for change in told.values { tally.kinds[change.kind, default: 0] += 1 }
        let ports = Set(before.addresses.keys).union(after.addresses.keys).sorted()
        for client in Self.identities {
            for port in ports {
                let key = MeshSnapshot.FlowKey(client: client, port: port)
                for _ in 0..<4 {
                    let request = mesh.request()
                    let (old, new) = (before.fate(key, request), after.fate(key, request))
                    #expect(before.predicted(key, request) == old, "\(place), before: \(key) \(request)")
                    #expect(after.predicted(key, request) == new, "\(place), after: \(key) \(request)")
                    tally.questions += 1
                    guard old != new else { continue }
                    tally.changed += 1
                    #expect(
                        told[key] != nil, "\(place): \(key) changed for \(request) from \(old as Any) to \(new as Any)")
                }
            }
        }
        for key in told.keys.sorted() {
            let isSeen = (0..<400).contains { _ in
                let request = mesh.request()
                return before.fate(key, request) != after.fate(key, request)
            }
            if !isSeen { tally.unwitnessed += 1 }
        }
        compareDepartures(before, after, difference, &mesh, &tally, place)
    }

    /// What leaves the mesh.
    private func compareDepartures(
        _ before: Moment, _ after: Moment, _ difference: MeshDifference, _ mesh: inout RandomMesh,
        _ tally: inout Tally, _ place: String
    ) {
        let told = Set(difference.egress.map(\.subject))
        for client in Self.identities where before.hasProxy(client) && after.hasProxy(client) {
            for _ in 0..<6 {
                let ip = mesh.random.pick(from: Self.destinations)
                guard let ip else { continue }
                let address = SocketAddress(ip: ip, port: mesh.random.pick(80, 81, 8080, 8081, 8083))
                let opening = mesh.firstBytes()
                let old = before.oracle.departure(of: client, to: address, opening: opening)
                let new = after.oracle.departure(of: client, to: address, opening: opening)
                guard old != new else { continue }
                tally.departures += 1
                #expect(
                    told.contains(client.description), "\(place): \(client) to \(address), \(opening): \(old), \(new)")
            }
        }
    }
}
