/// The result of a check, and of those that it consists of.
struct Verification: Equatable, Encodable {
    /// How a check came out.
    enum Status: String, Encodable {
        case success = "Success"
        case failure = "Failure"
        /// It could not be made.
        case unknown = "Unknown"
    }

    /// What was checked.
    let context: String
    let status: Status
    /// Why it is so; empty where nothing is to say.
    let reason: String
    /// What to do; empty where nothing is to do.
    let suggestion: String
    let nested: [Verification]

    /// A check by itself.
    init(_ context: String, _ status: Status, reason: String = "", suggestion: String = "") {
        self.context = context
        self.status = status
        self.reason = reason
        self.suggestion = suggestion
        nested = []
    }

    /// A check that consists of others: it fails where one of them does.
    init(_ context: String, of nested: [Verification]) {
        self.context = context
        self.nested = nested
        let statuses = nested.map(\.status)
        status = statuses.contains(.failure) ? .failure : statuses.contains(.unknown) ? .unknown : .success
        switch status {
        case .success:
            reason = ""
            suggestion = ""
        case .unknown:
            reason = "A verification step could not be made"
            suggestion = "See the steps below"
        case .failure:
            reason = "A verification step failed"
            suggestion = "Please follow the suggestions listed in the failed steps below to resolve the issue"
        }
    }

    /// A check that succeeds if something holds.
    init(_ context: String, _ holds: Bool, orBecause reason: String, suggestion: String) {
        self.init(
            context, holds ? .success : .failure, reason: holds ? "" : reason, suggestion: holds ? "" : suggestion)
    }

    /// The tree as the original prints it; what succeeded is not broken down.
    func print(on console: Console, depth: Int = 1) {
        console.out("[\(String(repeating: "+", count: depth))] Context: \(context)")
        let colour: Colour =
            switch status {
            case .success: .green
            case .failure: .red
            case .unknown: .yellow
            }
        console.out("Status: \(console.coloured(status.rawValue, colour))")
        if !reason.isEmpty { console.out("Reason: \(reason.onOneLine)") }
        if !suggestion.isEmpty { console.out("Suggestion: \(suggestion)") }
        console.out()
        guard status != .success else { return }
        for result in nested { result.print(on: console, depth: depth + 1) }
    }
}
