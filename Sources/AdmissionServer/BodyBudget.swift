internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// How much of all bodies together is held at a time: whoever may connect cannot fill the process's memory, nor keep
/// ordinary reviews out by filling what there is.
///
/// The beginning of each body does not count. Of what counts a smaller body gets its part even if all is taken: the
/// largest one that is still arriving is cut off.
final class BodyBudget: Sendable {
    private struct Held {
        /// The bytes that count.
        var count = 0
        var isArriving = true
        let channel: any Channel
    }

    private struct State {
        var count = 0
        var bodies: [UInt64: Held] = [:]
        var last: UInt64 = 0

        mutating func remove(_ id: UInt64) -> (any Channel)? {
            guard let body = bodies.removeValue(forKey: id) else { return nil }
            count -= body.count
            return body.channel
        }

        /// The body of which most counts, of those that are still arriving, if that is more than some bytes.
        func largest(over count: Int) -> UInt64? {
            bodies.filter { $0.value.isArriving && $0.value.count > count }.max { $0.value.count < $1.value.count }?.key
        }
    }

    private let limits: AdmissionLimits
    private let state = Mutex(State())

    init(_ limits: AdmissionLimits) { self.limits = limits }

    /// The bytes that count at this moment.
    var heldBytes: Int { state.withLock { $0.count } }

    /// A part of the budget for what arrives over a connection; nothing at first.
    func reservation(over channel: any Channel) -> Reservation {
        let id = state.withLock { state in
            state.last += 1
            state.bodies[state.last] = Held(channel: channel)
            return state.last
        }
        return Reservation(self, id)
    }

    /// Notes that a body has grown; returns whether there is room, made at the cost of a larger one if need be.
    private func grow(_ id: UInt64, to size: Int) -> Bool {
        let (hasRoom, cutOff) = state.withLock { state -> (Bool, (any Channel)?) in
            // It may have been cut off itself.
            guard let before = state.bodies[id]?.count else { return (false, nil) }
            let count = max(size - limits.uncounted, 0)
            var cutOff: (any Channel)?
            if state.count - before + count > limits.bodies {
                guard count <= limits.bodies, let largest = state.largest(over: count) else { return (false, nil) }
                cutOff = state.remove(largest)
            }
            state.count += count - before
            state.bodies[id]?.count = count
            return (true, cutOff)
        }
        cutOff?.close(promise: nil)
        return hasRoom
    }

    private func finish(_ id: UInt64) { state.withLock { $0.bodies[id]?.isArriving = false } }

    private func end(_ id: UInt64) { state.withLock { _ = $0.remove(id) } }

    /// What one body takes; given back with the value.
    final class Reservation: Sendable {
        private let budget: BodyBudget
        private let id: UInt64

        fileprivate init(_ budget: BodyBudget, _ id: UInt64) {
            self.budget = budget
            self.id = id
        }

        deinit { budget.end(id) }

        /// The whole body of a request.
        ///
        /// - Parameter failure: Why the request is refused whatever its body says; `nil` if it is not.
        /// - Throws: That, with 413 if it is too large, with 503 if others take all there is, with 400 if it ends early;
        ///   with the uid in its beginning, which is waited for.
        func body(of request: Request, unless failure: HTTPFailure?) async throws(HTTPFailure) -> ByteBuffer {
            let limit = budget.limits.body
            let announced = request.headers[.contentLength].flatMap { Int($0) } ?? 0
            var failure = failure ?? (announced > limit ? .tooLarge(limit) : nil)
            var body = ByteBuffer()
            do {
                for try await part in request.body {
                    let size = body.readableBytes + part.readableBytes
                    if failure == nil, size > limit { failure = .tooLarge(limit) }
                    if failure == nil, !budget.grow(id, to: size) { failure = .crowded }
                    if failure != nil, body.readableBytes >= RequestUID.reach { break }
                    body.writeImmutableBuffer(part)
                }
            } catch {
                failure = failure ?? .truncated
            }
            budget.finish(id)
            guard var failure else { return body }
            failure.uid = RequestUID.scan(body.readableBytesView)
            throw failure
        }
    }
}

/// What is known of a request beside its contents.
struct ReviewContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that it came over.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
