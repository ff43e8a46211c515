import Incremental
import Testing

/// Tables of the tests: words, each with a group and a length that matters.
private final class Words {
    let words: Table<Word>
    let byName: Index<String, Word>
    let byGroup: Index<String, Word>

    init(in dependencies: Dependencies) {
        words = Table(in: dependencies)
        byName = words.index { [$0.id] }
        byGroup = words.index { $0.groups }
    }

    func set(_ name: String, _ groups: [String], _ number: Int) {
        words.set(Word(id: name, groups: groups, number: number), for: name)
    }
}

private struct Word: Equatable, Identifiable, Sendable {
    let id: String
    let groups: [String]
    let number: Int
}

/// The sum of a group's numbers.
private enum Total: Query {
    static func evaluate(_ group: String, _ words: Reader<Words>) -> Int {
        words(\.byGroup, group).reduce(0) { $0 + $1.number }
    }
}

/// Whether a group's sum is even: equal again after many changes of it.
private enum IsEven: Query {
    static func evaluate(_ group: String, _ words: Reader<Words>) -> Bool {
        words(Total.self, group).isMultiple(of: 2)
    }
}

/// A text made of the parity.
private enum Label: Query {
    static func evaluate(_ group: String, _ words: Reader<Words>) -> String {
        words(IsEven.self, group) ? "even" : "odd"
    }
}

/// The total of the group that a word names, which differs from evaluation to evaluation.
private enum Followed: Query {
    static func evaluate(_ name: String, _ words: Reader<Words>) -> Int? {
        guard let group = words(\.byName, name).first?.groups.first else { return nil }
        return words(Total.self, group)
    }
}

@Suite("The graph")
struct GraphTests {
    private let graph = Graph { Words(in: $0) }

    @Test("evaluates nothing that no demand reaches")
    func idle() {
        graph.inputs.set("a", ["x"], 1)
        #expect(graph.evaluations == 0)
        #expect(graph.nodeCount == 0)
    }

    @Test("tells a change once, and only that of what was demanded")
    func changes() {
        #expect(graph.demand(Total.self, "x") == 0)
        graph.inputs.set("a", ["x"], 1)
        graph.inputs.set("b", ["y"], 5)
        #expect(graph.takeChanges(to: Total.self) == ["x": 1])
        #expect(graph.takeChanges(to: Total.self).isEmpty)
        #expect(graph.evaluations == 2)
    }

    @Test("stops where a value comes out equal")
    func cutoff() {
        graph.inputs.set("a", ["x"], 1)
        #expect(graph.demand(Label.self, "x") == "odd")
        let before = graph.evaluations
        graph.inputs.set("a", ["x"], 3)
        #expect(graph.takeChanges(to: Label.self).isEmpty)
        // Total and IsEven ran; Label did not.
        #expect(graph.evaluations == before + 2)
    }

    @Test("an equal row changes nothing")
    func equalRow() {
        graph.inputs.set("a", ["x"], 1)
        _ = graph.demand(Total.self, "x")
        let before = graph.evaluations
        graph.inputs.set("a", ["x"], 1)
        #expect(graph.takeChanges(to: Total.self).isEmpty)
        #expect(graph.evaluations == before)
    }

    @Test("a demanded value that another query reads is told all the same")
    func demandedAndRead() {
        graph.inputs.set("a", ["x"], 1)
        _ = graph.demand(Total.self, "x")
        _ = graph.demand(Label.self, "x")
        graph.inputs.set("a", ["x"], 2)
        // Bringing the label up to date refreshes the total, too.
        #expect(graph.takeChanges(to: Label.self) == ["x": "even"])
        #expect(graph.takeChanges(to: Total.self) == ["x": 2])
    }

    @Test("follows what is read now, and forgets what was read before")
    func dynamicDependencies() {
        graph.inputs.set("a", ["x"], 1)
        graph.inputs.set("b", ["y"], 7)
        #expect(graph.demand(Followed.self, "a") == 1)
        let nodes = graph.nodeCount
        graph.inputs.set("a", ["y"], 1)
        #expect(graph.takeChanges(to: Followed.self) == ["a": 8])
        #expect(graph.nodeCount == nodes)
        let before = graph.evaluations
        graph.inputs.set("c", ["x"], 9)
        #expect(graph.takeChanges(to: Followed.self).isEmpty)
        #expect(graph.evaluations == before)
    }

    @Test("a row under several keys is found under each, and under none after its removal")
    func severalKeys() {
        graph.inputs.set("a", ["x", "y", "x"], 4)
        #expect(graph.demand(Total.self, "x") == 4)
        #expect(graph.demand(Total.self, "y") == 4)
        graph.inputs.words.set(nil, for: "a")
        #expect(graph.takeChanges(to: Total.self) == ["x": 0, "y": 0])
    }

    @Test("releasing all demand leaves no node, in whatever order")
    func release() {
        graph.inputs.set("a", ["x"], 1)
        for _ in 0..<3 {
            _ = graph.demand(Label.self, "x")
            _ = graph.demand(Followed.self, "a")
            _ = graph.demand(Total.self, "x")
            graph.inputs.set("a", ["x"], Int.random(in: 2...1000))
            graph.release(Label.self, "x")
            graph.release(Total.self, "x")
            #expect(graph.takeChanges(to: Label.self).isEmpty)
            graph.release(Followed.self, "a")
            graph.release(Followed.self, "a")
            #expect(graph.nodeCount == 0)
        }
    }

    @Test("an edit costs as many evaluations in a small mesh as in a large one", arguments: [10, 10_000])
    func proportional(groups: Int) {
        for number in 0..<groups {
            graph.inputs.set("w\(number)", ["g\(number)"], number)
            _ = graph.demand(Label.self, "g\(number)")
        }
        let before = graph.evaluations
        graph.inputs.set("w3", ["g3"], 4)
        #expect(graph.takeChanges(to: Label.self) == ["g3": "even"])
        #expect(graph.evaluations == before + 3)
    }
}
