public import MeshModel

/// The objects of one kind and all that happens to them, as an asynchronous sequence.
///
/// Each iteration begins with the objects that exist, then tells that they are complete, then goes on with what
/// changes; it never fails, and ends only when its task is cancelled. Connections are made and read by whoever
/// iterates, so nothing gathers while nobody asks.
public struct ObjectWatch<Object: SourceObject>: AsyncSequence, Sendable {
    /// What is told.
    public typealias Element = SourceEvent<Object>
    /// It does not fail.
    public typealias Failure = Never

    let client: KubernetesClient
    let namespace: String?
    let labelSelector: String?
    let format: ObjectFormat<Object>

    /// Begins from nothing.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// One pass over the objects and their changes.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var pass: WatchPass<Object>
        private var events: [SourceEvent<Object>] = []

        init(_ watch: ObjectWatch) { pass = WatchPass(watch) }

        /// The next event, waited for; `nil` once the task is cancelled.
        public mutating func next() async -> SourceEvent<Object>? {
            while !Task.isCancelled {
                guard events.isEmpty else { return events.removeFirst() }
                let outcome = await pass.advance()
                if !outcome.changes.isEmpty { events.append(.changes(outcome.changes)) }
                if outcome.isSynchronized { events.append(.synchronized) }
            }
            return nil
        }
    }
}

extension KubernetesClient {
    /// The objects of a kind and all that happens to them.
    ///
    /// - Parameters:
    ///   - type: The kind.
    ///   - namespace: The namespace; `nil` for all.
    ///   - labelSelector: What labels they have, such as `app=x`; `nil` for any.
    public func watch<Object: SourceObject>(
        _ type: Object.Type, namespace: String? = nil, labelSelector: String? = nil
    ) -> ObjectWatch<Object> {
        ObjectWatch(client: self, namespace: namespace, labelSelector: labelSelector, format: .json)
    }

    /// The objects of a kind of Kubernetes itself and all that happens to them, in protobuf if the server sends it.
    package func watch<Object: ProtobufObject>(
        _ type: Object.Type, namespace: String? = nil, labelSelector: String? = nil
    ) -> ObjectWatch<Object> {
        ObjectWatch(client: self, namespace: namespace, labelSelector: labelSelector, format: .protobuf)
    }
}
