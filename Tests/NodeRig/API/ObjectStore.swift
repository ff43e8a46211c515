import Synchronization

/// An object that a watch can tell apart from others.
protocol StoredObject: Decodable, Sendable {
    var metadata: ObjectMeta { get }
}

/// What the API server has of one kind, as far as the rig was told.
final class ObjectStore<Object: StoredObject>: Sendable {
    private struct State {
        var objects: [String: Object] = [:]
        var listeners: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())
    /// Set once everything was told for the first time.
    let isComplete = OneShot<Bool>()

    /// An object by its namespace and name.
    subscript(_ namespace: String, _ name: String) -> Object? {
        state.withLock { $0.objects["\(namespace)/\(name)"] }
    }

    /// All objects, by namespace and name.
    var all: [Object] {
        state.withLock { state in state.objects.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Something for every time that anything changed; many changes may be one.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.listeners.append(continuation) }
        continuation.yield()
        return stream
    }

    func set(_ object: Object) { change { $0[object.metadata.key] = object } }

    func remove(_ object: Object) { change { $0[object.metadata.key] = nil } }

    func replaceAll(_ objects: [Object]) {
        change { $0 = Dictionary(objects.map { ($0.metadata.key, $0) }) { $1 } }
        isComplete.set(true)
    }

    private func change(_ body: (inout [String: Object]) -> Void) {
        let listeners = state.withLock { state in
            body(&state.objects)
            return state.listeners
        }
        for listener in listeners { listener.yield() }
    }
}
