internal import Foundation

/// A figure that a benchmark has measured.
public struct Figure: Codable, Sendable {
    /// What was done, in one word.
    public var scenario: String
    /// What was measured of it.
    public var measure: String
    /// The x-axis: services or proxies; 0 where there is none.
    public var size: Int
    /// What came out, in ``unit``.
    public var value: Double
    /// The unit, such as `ms`.
    public var unit: String
    /// What it is to be, such as `<= 100`; `nil` if nothing is promised.
    public var goal: String?
    /// Whether it is; `nil` without a goal.
    public var ok: Bool?

    /// A figure of which nothing is promised.
    public init(_ scenario: String, _ measure: String, size: Int = 0, _ value: Double, _ unit: String) {
        self.scenario = scenario
        self.measure = measure
        self.size = size
        self.value = value
        self.unit = unit
    }

    /// A figure that is to be at most so much.
    public init(_ scenario: String, _ measure: String, size: Int = 0, _ value: Double, _ unit: String, most: Double) {
        self.init(scenario, measure, size: size, value, unit)
        goal = "<= \(Self.number(most))"
        ok = value <= most
    }

    /// Prints it as one line of JSON, which begins with `{"scenario":`.
    public func emit() {
        var line = "{\"scenario\":\(Self.quoted(scenario)),\"measure\":\(Self.quoted(measure)),\"size\":\(size)"
        line += ",\"value\":\(Self.number(value)),\"unit\":\(Self.quoted(unit))"
        if let goal, let ok { line += ",\"goal\":\(Self.quoted(goal)),\"ok\":\(ok)" }
        print(line + "}")
        fflush(nil)
    }

    /// Whole numbers without a point, others with three digits behind it.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "-1" }
        return value.rounded() == value ? String(format: "%.0f", value) : String(format: "%.3f", value)
    }

    private static func quoted(_ text: String) -> String {
        "\"\(text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\""))\""
    }
}
