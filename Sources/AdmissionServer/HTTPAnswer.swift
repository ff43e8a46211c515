internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// What goes back over HTTP.
struct HTTPAnswer: Sendable {
    let status: Int
    let type: String
    let bytes: [UInt8]
    var allow: String?

    /// An answer in plain text.
    static func text(_ text: String, status: Int, allow: String? = nil) -> HTTPAnswer {
        HTTPAnswer(status: status, type: "text/plain; charset=utf-8", bytes: Array(text.utf8), allow: allow)
    }
}

/// Why a body cannot be taken.
struct HTTPFailure: Error {
    let status: Int
    let message: String
}

/// Media types (RFC 9110, section 8.3.1).
enum MediaType {
    /// Whether a `Content-Type` is JSON, with parameters or without; an original took no parameters.
    static func isJSON(_ header: String?) -> Bool {
        guard let type = header?.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first else {
            return false
        }
        return type.trimmingBlanks.lowercased() == "application/json"
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// How much of all bodies together is held at a time: whoever may connect cannot fill the process's memory.
final class BodyBudget: Sendable {
    private let limits: AdmissionLimits
    private let used = Mutex(0)

    init(_ limits: AdmissionLimits) { self.limits = limits }

    /// A part of the budget, empty at first.
    func reservation() -> Reservation { Reservation(self) }

    private func take(_ count: Int) -> Bool {
        used.withLock { used in
            guard used + count <= limits.bodies else { return false }
            used += count
            return true
        }
    }

    private func give(_ count: Int) { used.withLock { $0 -= count } }

    /// What one body takes; given back with the value.
    final class Reservation: Sendable {
        private let budget: BodyBudget
        private let held = Mutex(0)

        fileprivate init(_ budget: BodyBudget) { self.budget = budget }

        deinit { budget.give(held.withLock { $0 }) }

        private func take(_ count: Int) -> Bool {
            guard budget.take(count) else { return false }
            held.withLock { $0 += count }
            return true
        }

        /// The whole body of a request.
        ///
        /// - Throws: With 413 if it is too large, with 503 if others take all there is, with 400 if it ends early.
        func body(of request: Request) async throws(HTTPFailure) -> ByteBuffer {
            let limit = budget.limits.body
            func refuse(_ size: Int) throws(HTTPFailure) {
                if size > limit { throw HTTPFailure(status: 413, message: "the body is larger than \(limit) bytes") }
            }
            if let length = request.headers[.contentLength].flatMap({ Int($0) }) { try refuse(length) }
            var body = ByteBuffer()
            do {
                for try await part in request.body {
                    try refuse(body.readableBytes + part.readableBytes)
                    guard take(part.readableBytes) else {
                        throw HTTPFailure(status: 503, message: "too many large requests at a time: try again")
                    }
                    body.writeImmutableBuffer(part)
                }
            } catch let failure as HTTPFailure {
                throw failure
            } catch {
                throw HTTPFailure(status: 400, message: "the body ends early")
            }
            return body
        }
    }
}
