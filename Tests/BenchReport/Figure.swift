internal import Foundation

/// One figure of a benchmark, as every benchmark program prints it: a line of JSON on the standard output.
///
/// The line begins with `{"scenario":`; no other line that such a program prints begins with `{`. `hack/bench.sh` gathers
/// the lines.
public struct Figure: Codable, Hashable, Sendable {
    /// What was done, such as `compile smi`.
    public var scenario: String
    /// What was measured, such as `evaluations`.
    public var measure: String
    /// The place on the horizontal axis of a plot: services or proxies; 0 where there is none.
    public var size: Int
    /// What came out.
    public var value: Double
    /// The unit of the value, such as `ms`, `KB` (1,024 bytes) or `count`.
    public var unit: String
    /// What must come out, such as `<= 100`; `nil` where nothing must.
    public var goal: String?
    /// Whether it did; `nil` without a goal.
    public var ok: Bool?

    /// A figure.
    ///
    /// - Parameters:
    ///   - goal: A comparison (`<`, `<=`, `==`, `>=`, `>`), a space, and a number.
    ///   - ok: Whether the goal is met; if left out, what the goal says of the value.
    public init(
        scenario: String, measure: String, size: Int = 0, value: Double, unit: String, goal: String? = nil,
        ok: Bool? = nil
    ) {
        self.scenario = scenario
        self.measure = measure
        self.size = size
        self.value = value
        self.unit = unit
        self.goal = goal
        self.ok = goal.map { ok ?? Self.meets(value, $0) }
    }

    /// Whether a value meets a goal; a goal that cannot be read, and a value that is no number, never do.
    public static func meets(_ value: Double, _ goal: String) -> Bool {
        let words = goal.split(separator: " ")
        guard words.count == 2, let bound = Double(words[1]) else { return false }
        switch words[0] {
        case "<": return value < bound
        case "<=": return value <= bound
        case "==": return value == bound
        case ">=": return value >= bound
        case ">": return value > bound
        default: return false
        }
    }

    /// The line, without its end.
    public var line: String {
        // By hand: an encoder keeps no order, and the beginning of the line is its mark.
        var members = [
            "\"scenario\":\(Self.quoted(scenario))", "\"measure\":\(Self.quoted(measure))", "\"size\":\(size)",
            "\"value\":\(value.isFinite ? "\(value)" : "-1")", "\"unit\":\(Self.quoted(unit))",
        ]
        if let goal { members.append("\"goal\":\(Self.quoted(goal))") }
        if let ok { members.append("\"ok\":\(ok && value.isFinite)") }
        return "{\(members.joined(separator: ","))}"
    }

    /// Prints the line at once.
    ///
    /// - Returns: Whether the goal is met, or there is none.
    @discardableResult
    public func emit() -> Bool {
        print(line)
        fflush(nil)
        return goal == nil || (ok == true && value.isFinite)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 32: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
