import TestInstruments
import Testing

@testable import ControlLoop

@Suite("The difference of two lists")
struct ListDifferenceTests {
    @Test("Of sorted lists is what one has and the other has not")
    func sorted() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let old = Set(
                (0..<Int.random(in: 0..<12, using: &random)).map { _ in Int.random(in: 0..<15, using: &random) })
            let new = Set(
                (0..<Int.random(in: 0..<12, using: &random)).map { _ in Int.random(in: 0..<15, using: &random) })
            let difference = ListDifference(from: old.sorted(), to: new.sorted())
            #expect(difference.removed == old.subtracting(new).sorted())
            #expect(difference.added == new.subtracting(old).sorted())
        }
    }

    @Test("Of any lists leads from one to the other, whoever counts")
    func unsorted() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<500 {
            let old = (0..<Int.random(in: 0..<9, using: &random)).map { _ in Int.random(in: 0..<6, using: &random) }
            let new = (0..<Int.random(in: 0..<9, using: &random)).map { _ in Int.random(in: 0..<6, using: &random) }
            let difference = ListDifference(from: old, to: new)
            var counts: [Int: Int] = [:]
            for element in old + difference.added { counts[element, default: 0] += 1 }
            for element in difference.removed { counts[element, default: 0] -= 1 }
            var expected: [Int: Int] = [:]
            for element in new { expected[element, default: 0] += 1 }
            #expect(counts.filter { $0.value != 0 } == expected)
        }
    }
}
