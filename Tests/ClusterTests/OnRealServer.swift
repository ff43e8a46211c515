import Testing

/// The tests that ask a real API server a lot, one after another: together they would only wait for one another.
@Suite("On a real API server", .serialized)
enum OnRealServer {}
