import Foundation

extension PolicyRun {
    /// A row: what was expected, and what is seen.
    ///
    /// - Parameter limit: for effects that nothing announces: how long to look again until it is as expected. Without
    ///   it the first look counts.
    func expect(
        _ what: String, _ expected: String, within limit: Duration = .zero, _ look: () throws -> String
    ) throws {
        try expect(what, expected, within: limit, where: { $0 == expected }, look)
    }

    /// A row whose observation has to be of a certain kind, such as one of two numbers.
    ///
    /// - Parameters:
    ///   - expected: in words.
    ///   - isMet: whether an observation is as expected.
    func expect(
        _ what: String, _ expected: String, within limit: Duration = .zero, where isMet: (String) -> Bool,
        _ look: () throws -> String
    ) throws {
        let start = ContinuousClock.now
        while true {
            try Interruption.check()
            var seen: (text: String, isAsExpected: Bool)
            do {
                let text = try look()
                seen = (text, isMet(text))
            } catch {
                if (error as? RigError)?.code == .interrupted { throw error }
                seen = ("\(error)", false)
            }
            if seen.isAsExpected || start.duration(to: .now) >= limit {
                return add(what, expected, seen.text, seen.isAsExpected)
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// A row for a condition of an object: its status and reason, such as `False Conflicted`.
    ///
    /// - Parameter text: what the message must contain, such as the path of a field.
    func expectCondition(
        _ kind: String, _ place: String, _ type: String, _ expected: String, mentioning text: String = ""
    ) throws {
        let what = "\(kind) \(place) \(type)"
        let about = text.isEmpty ? "" : " about \(text)"
        try expect(
            what, expected + about, where: { $0.hasPrefix("\(expected) ") && (text.isEmpty || $0.contains(text)) }
        ) {
            guard let condition = try status().object(kind, place)?[type] else { return "no condition" }
            return "\(condition.status) \(condition.reason) (\(condition.message))"
        }
    }
}
