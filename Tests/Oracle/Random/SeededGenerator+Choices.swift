package import TestInstruments

/// Choices for random meshes.
extension SeededGenerator {
    /// One of some values, of which there is at least one.
    package mutating func pick<Value>(_ values: Value...) -> Value {
        values[Int.random(in: values.indices, using: &self)]
    }

    /// One of some values; `nil` if there are none.
    package mutating func pick<Value>(from values: [Value]) -> Value? { values.randomElement(using: &self) }

    /// A number below a bound.
    package mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// True once in so many times.
    package mutating func once(in times: Int) -> Bool { number(below: times) == 0 }
}
