import Foundation
import MeshModel
import Synchronization

@testable import KubernetesClient

/// Follows a watch, and keeps what it told.
final class Follower<Object: MeshObject>: Sendable {
    struct State: Sendable {
        /// The objects as they would be known to whoever applied every change.
        var objects: [ObjectName: Object] = [:]
        /// Objects of which only the metadata could be read.
        var unreadable: [ObjectName: Problem] = [:]
        /// Every change, in order.
        var changes: [ObjectChange<Object>] = []
        /// How many changes were told.
        var told = 0
        /// How many changes had been told when the list was complete; `nil` before.
        var synchronizedAfter: Int?
        /// How often the list was said to be complete.
        var synchronizations = 0
        /// Changes that told what was known already: objects set to what they were, or removed twice.
        var duplicates: [ObjectName] = []
    }

    private let storage = Mutex(State())
    private let keepsChanges: Bool

    init(keepsChanges: Bool = true) { self.keepsChanges = keepsChanges }

    var state: State { storage.withLock { $0 } }

    /// Follows until the task is cancelled.
    func follow(_ watch: ObjectWatch<Object>) async {
        for await event in watch { take(event) }
    }

    func take(_ event: SourceEvent<Object>) {
        storage.withLock { state in
            switch event {
            case .synchronized:
                state.synchronizedAfter = state.synchronizedAfter ?? state.changes.count
                state.synchronizations += 1
            case .changes(let changes):
                for change in changes { state.apply(change) }
                state.told += changes.count
                if keepsChanges { state.changes += changes }
            }
        }
    }

    /// Waits until the state is as wanted; gives up after a time, two minutes if not said otherwise.
    func wait(seconds: Int = 120, line: Int = #line, _ wanted: (State) -> Bool) async throws -> State {
        for _ in 0..<seconds * 50 {
            let state = state
            if wanted(state) { return state }
            try await Task.sleep(for: .milliseconds(20))
        }
        let state = state
        throw GaveUp(
            line: line, objects: state.objects.count, changes: state.told, synchronizations: state.synchronizations)
    }

    /// What was seen by who waited in a line in vain.
    struct GaveUp: Error {
        let line: Int
        let objects: Int
        let changes: Int
        let synchronizations: Int
    }
}

extension Follower.State {
    mutating func apply(_ change: ObjectChange<Object>) {
        switch change {
        case .set(let object):
            if objects.updateValue(object, forKey: object.name) == object { duplicates.append(object.name) }
            unreadable[object.name] = nil
        case .unreadable(let metadata, let problem):
            objects[metadata.objectName] = nil
            unreadable[metadata.objectName] = problem
        case .remove(let name):
            if objects.removeValue(forKey: name) == nil, unreadable.removeValue(forKey: name) == nil {
                duplicates.append(name)
            }
        }
    }
}

/// Follows a watch while the body runs.
func following<Object: MeshObject, Value>(
    _ watch: ObjectWatch<Object>, keepsChanges: Bool = true,
    _ body: (Follower<Object>) async throws -> Value
) async throws -> Value {
    let follower = Follower<Object>(keepsChanges: keepsChanges)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await follower.follow(watch) }
        defer { group.cancelAll() }
        return try await body(follower)
    }
}
