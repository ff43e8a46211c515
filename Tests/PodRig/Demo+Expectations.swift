import Foundation
import MeshModel

extension Demo {
    /// Adds a row, and decides it by the first observation that is as expected, or by the last one within a time.
    ///
    /// Edits take hold after a moment, so a first observation may be of the state before.
    func expect(
        _ row: Expectation, within limit: Duration = .seconds(20), _ observe: () throws -> Observation
    ) throws {
        let place = board.add(row)
        let start = ContinuousClock.now
        while true {
            try Interruption.check()
            var observation: Observation
            do { observation = try observe() } catch {
                if (error as? RigError)?.code == .interrupted { throw error }
                observation = Observation(text: "\(error)", isAsExpected: false)
            }
            if observation.isAsExpected || start.duration(to: .now) > limit {
                board.decide(place, observation)
                return
            }
            board.refresh()
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// Adds a row for a number that is there to be looked at once.
    func expect(_ caller: String, _ service: String, _ what: String, _ expected: String, _ observation: Observation)
        throws
    {
        let row = Expectation(caller: caller, service: service, what: what, expected: expected)
        try expect(row, within: .zero) { observation }
    }

    /// Expects an answer to a call from a pod, and that somebody in particular decided it.
    ///
    /// - Parameters:
    ///   - status: the HTTP or gRPC status, or `no response`.
    ///   - remark: what else to say of the call in the table.
    ///   - decider: what the access logs must say of who decided; `nil` for whatever they say.
    ///   - family: by which of the Service's addresses it is called; `nil` for its name.
    func expectCall(
        from client: String, to service: ObjectName, _ method: String, _ path: String, status: String,
        remark: String = "", decider: String? = nil, spoken: String = "http1", port: UInt16 = BookstorePods.httpPort,
        family: IPAddress.Family? = nil
    ) throws {
        let pod = try rig.pod(client)
        let address = "\(try rig.address(of: service, family ?? .v4)):\(port)"
        let host = family == nil ? "\(service.name).\(service.namespace):\(port)" : address
        let what = (spoken == "http1" ? "\(method) \(path)" : spoken) + (remark.isEmpty ? "" : ", \(remark)")
        let row = Expectation(caller: client, service: service.name, what: what, expected: status)
        try expect(row) {
            // Matches are of the path without the query, which can therefore tell the calls apart in the logs.
            let marker = "call=\(nextCallNumber())&"
            let separator = path.contains("?") ? "&" : "?"
            var call = Call(method, "http://\(host)\(path)\(separator)\(marker)")
            call.spoken = spoken
            let trace = AccessTrace(marker: spoken == "grpc" ? path : marker, address: address, pods: rig.pods)
            let answer = try pod.call(call)[0]
            let decidedBy = trace.decision(at: (pod, "its own proxy"), expecting: decider)
            return Observation(
                text: answer.text, decidedBy: decidedBy,
                isAsExpected: answer.isAs(status) && (decider.map { decidedBy?.contains($0) ?? false } ?? true))
        }
    }
}
