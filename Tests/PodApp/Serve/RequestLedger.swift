import Synchronization

/// What was asked of the application: how often, what is not answered yet, and how it says that it is.
final class RequestLedger: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var underWay = 0
        var isStopping = false
        var health = 200
    }

    private let state = Mutex(State())
    /// Whether each request is reported.
    let isTraced: Bool

    init(isTraced: Bool = false) { self.isTraced = isTraced }

    private struct Step: Encodable {
        let t = JSONLine.timestamp()
        let step: String
        let uri: String
    }

    /// Writes down what becomes of a request, if they are followed.
    func trace(_ step: String, _ uri: String) {
        if isTraced { try? JSONLine.write(Step(step: step, uri: uri)) }
    }

    /// Requests that arrived, by path without query; one that got no answer counts too.
    var counts: [String: Int] { state.withLock(\.counts) }
    /// Nothing waits for an answer.
    var isIdle: Bool { state.withLock { $0.underWay == 0 } }
    /// Connections end with their next answer.
    var isStopping: Bool { state.withLock(\.isStopping) }

    /// The status of the answer to a request for `/health`.
    var health: Int { state.withLock(\.health) }

    /// Sets the status of the answer to a request for `/health`.
    func setHealth(_ status: Int) { state.withLock { $0.health = status } }

    /// Counts a request on `path`.
    func arrived(path: Substring) { state.withLock { $0.counts[String(path), default: 0] += 1 } }

    /// Holds back the end of the program while `answer` runs.
    func underWay<Value>(_ answer: () async throws -> Value) async rethrows -> Value {
        state.withLock { $0.underWay += 1 }
        defer { state.withLock { $0.underWay -= 1 } }
        return try await answer()
    }

    /// The program was told to end.
    func stop() { state.withLock { $0.isStopping = true } }
}
