import Foundation

/// What came of an action.
enum ActionOutcome: Sendable {
    case success(String)
    case failure(String)
}

/// Performs the actions that pods ask the node for, as the kubelet does: from outside the pod.
struct ActionPerformer: Sendable {
    /// The pod's address.
    let address: String
    let http: HTTPGetter

    /// Performs an action for a run of a container.
    func perform(_ action: Action, for run: ContainerRun, limit: Duration) async -> ActionOutcome {
        do {
            if let exec = action.exec { return try await perform(exec, run, limit) }
            if let get = action.httpGet {
                guard let port = run.container.number(of: get.port) else {
                    return .failure("couldn't find port: \(get.port)")
                }
                return try await http.get(get, host: address, port: port, limit: limit)
            }
            if let socket = action.tcpSocket {
                guard let port = run.container.number(of: socket.port) else {
                    return .failure("couldn't find port: \(socket.port)")
                }
                return try await TCPDial.dial(socket.host.flatMap { $0.isEmpty ? nil : $0 } ?? address, port, limit)
            }
            if let grpc = action.grpc {
                return try await GRPCHealth.check(address, grpc.port, service: grpc.service ?? "", limit)
            }
            if let sleep = action.sleep {
                try await Task.sleep(for: .seconds(sleep.seconds))
                return .success("")
            }
            return .failure("the action says nothing")
        } catch {
            return .failure("\(error)")
        }
    }

    private func perform(_ exec: Action.Exec, _ run: ContainerRun, _ limit: Duration) async throws -> ActionOutcome {
        let outcome = try await run.program(exec.command ?? [], limit: limit).run()
        let text = outcome.output + outcome.errors
        if outcome.status == 0 { return .success(text) }
        if outcome.status == 137 { return .failure("command timed out after \(limit), or was killed: \(text)") }
        return .failure("command ended with \(outcome.status): \(text)")
    }
}
