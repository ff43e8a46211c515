import MeshModel
import Testing

@testable import ManifestSource

@Suite struct ManifestProblemsTests {
    /// What is wrong, found by looking at every object of every file, as nobody does who is in a hurry.
    private func everything(wrongWith set: ManifestSet) -> [ManifestProblem] {
        var problems: [ManifestProblem] = []
        var remarks: Set<String> = []
        for name in set.fileNames {
            guard let file = set.files[name] else { continue }
            var own = file.reading.problems
            if let kept = file.kept.first, let fatal = own.firstIndex(where: \.isFatalForObject) {
                let others = file.kept.count - 1
                own[fatal].message +=
                    "; until the file can be read, what it said before stays in effect: \(kept.object.key)"
                    + (others == 0 ? "" : " and \(others) other\(others == 1 ? "" : "s")")
            }
            var seen: Set<ObjectKey> = []
            for entry in file.reading.entries {
                let key = entry.object.key
                let isFirst = seen.insert(key).inserted
                guard let holder = set.location(of: key), !isFirst || holder.file != name else { continue }
                own.append(
                    ManifestProblem(
                        file: name, line: entry.line, subject: .object(key),
                        message: "is also at \(holder), which holds: remove one of the two", isFatalForObject: true))
            }
            for problem in own.sorted(by: { $0.line < $1.line }) {
                if !problem.isFatalForObject, case .text(let kind)? = problem.subject,
                    !remarks.insert("\(kind): \(problem.message)").inserted
                {
                    continue
                }
                problems.append(problem)
            }
        }
        return problems
    }

    /// A document that says something, says it badly, or is of no interest.
    private func document(_ random: inout ManifestFuzzTests.Seeded) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: "kind: [\n"
        case 1: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        case 2: Fixture.split(weights: ("x", "1"))
        case 3: "# further down\n" + Fixture.split()
        default: Fixture.account(["a", "b", "c", "d"].randomElement(using: &random) ?? "a")
        }
    }

    @Test(
        "After any edits the problems are those that are found by looking at everything anew",
        arguments: 1...20)
    func randomEdits(seed: UInt64) {
        var random = ManifestFuzzTests.Seeded(state: seed)
        var set = ManifestSet()
        var found = 0
        for round in 0..<100 {
            let names = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"].shuffled(using: &random)
            let (written, others) = (names.prefix(Int.random(in: 0...2, using: &random)), names.suffix(2))
            let readings = written.map { name in
                if Int.random(in: 0..<10, using: &random) == 0 {
                    return ManifestFile(name: name, unreadable: "Permission denied")
                }
                let documents = (0..<Int.random(in: 0...4, using: &random)).map { _ in document(&random) }
                return ManifestFile(name: name, text: documents.joined(separator: "\n---\n"))
            }
            _ = set.apply(readings, removing: Array(others.prefix(Int.random(in: 0...1, using: &random))))
            let expected = everything(wrongWith: set)
            #expect(set.problems == expected, "seed \(seed), round \(round)")
            found += expected.count
        }
        // Neither is everything well nor everything lost.
        #expect(found > 100, "\(found)")
    }

    @Test("Of files that are well nothing is looked at when another one is edited")
    func wellFiles() {
        var set = ManifestSet()
        let count = 50
        _ = set.read((0..<count).map { ManifestFile(name: "\($0).yaml", text: Fixture.account("a\($0)")) })
        #expect(set.problemsByFile.isEmpty)
        _ = set.read(ManifestFile(name: "0.yaml", text: Fixture.account("a1")))
        #expect(set.problemsByFile.keys.sorted() == ["1.yaml"])
        _ = set.read(ManifestFile(name: "0.yaml", text: Fixture.account("a0")))
        #expect(set.problemsByFile.isEmpty)
    }
}
