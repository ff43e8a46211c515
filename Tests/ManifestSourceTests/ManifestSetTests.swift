import MeshModel
import Testing

@testable import ManifestSource

@Suite struct ManifestSetTests {
    private let split = Fixture.key(.trafficSplit, "split")

    private func file(_ name: String, _ texts: String...) -> ManifestFile {
        ManifestFile(name: name, text: texts.joined(separator: "\n---\n"))
    }

    private func weights(_ changes: ManifestChanges) -> [[Int]?] {
        changes.trafficSplits.map { change in
            guard case .set(let split) = change else { return nil }
            return split.backends.map(\.weight)
        }
    }

    @Test("New, different and missing objects are changes; equal ones are none")
    func changes() {
        var set = ManifestSet()
        let first = set.read(file("a.yaml", Fixture.split(), Fixture.account("a"), Fixture.account("b")))
        #expect(weights(first) == [[90, 10]])
        #expect(first.serviceAccounts.map(\.name.name) == ["a", "b"])
        #expect(first.count == 3)

        let same = "# moved down\n" + Fixture.split()
        #expect(set.read(file("a.yaml", same, Fixture.account("b"), Fixture.account("a"))).isEmpty)
        #expect(set.location(of: split) == ManifestLocation(file: "a.yaml", line: 2))

        let edited = set.read(file("a.yaml", Fixture.split(weights: ("50", "50")), Fixture.account("b")))
        #expect(weights(edited) == [[50, 50]])
        #expect(edited.serviceAccounts == [.remove(ObjectName(namespace: "shop", name: "a"))])
        #expect(edited.count == 2)

        let gone = set.remove(file: "a.yaml")
        #expect(weights(gone) == [nil])
        #expect(gone.count == 2)
        #expect(set.objects.isEmpty)
        #expect(set.location(of: split) == nil)
        #expect(set.remove(file: "a.yaml").isEmpty)
    }

    @Test("The generation counts the changes of the content, unless the manifest gives it")
    func generation() {
        var set = ManifestSet()
        func generation(_ text: String) -> Int64? {
            _ = set.read(file("a.yaml", text))
            return set.objects.first?.object.metadata.generation
        }
        #expect(generation(Fixture.split()) == 1)
        #expect(generation("\n\n" + Fixture.split()) == 1)
        #expect(generation(Fixture.split(weights: ("1", "1"))) == 2)
        #expect(generation(Fixture.split()) == 3)
        let given = Fixture.split().replacing("  name:", with: "  generation: 40\n  uid: u-1\n  name:")
        #expect(generation(given) == 40)
        #expect(set.objects.first?.object.metadata.uid == "u-1")
        #expect(generation("") == nil)
        #expect(generation(Fixture.split()) == 1)
    }

    @Test("Of an object that is given twice the first by file and place holds, and the next takes over")
    func duplicates() {
        var set = ManifestSet()
        _ = set.read(file("b.yaml", Fixture.split(weights: ("2", "2")), Fixture.split(weights: ("3", "3"))))
        #expect(
            set.problems.map(\.description) == [
                "b.yaml:13: TrafficSplit shop/split: is also at b.yaml:1, which holds: remove one of the two"
            ])
        #expect(weights(set.read(file("a.yaml", "# first", Fixture.split(weights: ("1", "1"))))) == [[1, 1]])
        #expect(
            set.problems.map(\.description) == [
                "b.yaml:1: TrafficSplit shop/split: is also at a.yaml:3, which holds: remove one of the two",
                "b.yaml:13: TrafficSplit shop/split: is also at a.yaml:3, which holds: remove one of the two",
            ])
        #expect(set.read(file("c.yaml", Fixture.split())).isEmpty)
        #expect(weights(set.remove(file: "a.yaml")) == [[2, 2]])
        #expect(weights(set.read(file("b.yaml", Fixture.split(weights: ("3", "3"))))) == [[3, 3]])
        #expect(weights(set.remove(file: "b.yaml")) == [[90, 10]])
        #expect(set.objects.first?.object.metadata.generation == 5)
        #expect(set.problems.isEmpty)
    }

    @Test("An object that moves between files in one step does not change")
    func move() {
        var set = ManifestSet()
        _ = set.read(file("a.yaml", Fixture.split()))
        #expect(set.apply([file("b.yaml", Fixture.split())], removing: ["a.yaml"]).isEmpty)
        #expect(set.location(of: split)?.file == "b.yaml")
        #expect(set.apply([file("b.yaml", ""), file("c.yaml", Fixture.split())], removing: []).isEmpty)
    }

    @Test("What a file said before stays while it cannot be read in whole")
    func halfWritten() {
        var set = ManifestSet()
        let whole = [Fixture.account("a"), Fixture.split(), Fixture.account("b")].joined(separator: "\n---\n")
        _ = set.read(ManifestFile(name: "a.yaml", text: whole))
        let cut = ManifestFile(name: "a.yaml", text: String(whole.prefix(whole.count / 2)))
        #expect(!cut.isWhole)
        #expect(set.read(cut).isEmpty)
        #expect(set.objects.count == 3)
        #expect(set.problems.count == 1)
        let message = set.problems.first?.message ?? ""
        #expect(
            message.hasSuffix(
                "; until the file can be read, what it said before stays in effect: "
                    + "ServiceAccount shop/b and 1 other"), "\(message)")
        // A second bad reading forgets nothing either.
        #expect(set.read(ManifestFile(name: "a.yaml", unreadable: "Permission denied")).isEmpty)
        #expect(
            set.problems.map(\.description) == [
                "a.yaml: cannot be read: Permission denied; until the file can be read, what it said before stays in "
                    + "effect: ServiceAccount shop/a and 2 others"
            ])
        #expect(set.read(ManifestFile(name: "a.yaml", text: whole)).isEmpty)
        #expect(set.problems.isEmpty)
    }

    @Test("Beside a document that cannot be read the others take effect, and absent means removed once it can")
    func mended() {
        var set = ManifestSet()
        _ = set.read(file("a.yaml", Fixture.split(), Fixture.account("a")))
        let bad = set.read(file("a.yaml", Fixture.split(weights: ("x", "1")), Fixture.account("b")))
        #expect(bad.serviceAccounts.map(\.name.name) == ["b"])
        #expect(bad.count == 1)
        #expect(
            set.problems.map(\.description) == [
                "a.yaml:9: TrafficSplit shop/split: spec.backends[0].weight: `x` is a text: write a whole number without "
                    + "quotes (quantities such as 500m were v1alpha1); until the file can be read, what it said before "
                    + "stays in effect: ServiceAccount shop/a and 1 other"
            ])
        let mended = set.read(file("a.yaml", Fixture.split(weights: ("1", "1")), Fixture.account("b")))
        #expect(weights(mended) == [[1, 1]])
        #expect(mended.serviceAccounts == [.remove(ObjectName(namespace: "shop", name: "a"))])
        #expect(mended.count == 2)
        #expect(set.problems.isEmpty)
        #expect(set.objects.map(\.object.metadata.generation) == [1, 2])
    }

    @Test("A file that cannot be read goes away with all that was kept of it")
    func removedWhileBroken() {
        var set = ManifestSet()
        _ = set.read(file("a.yaml", Fixture.split()))
        _ = set.read(file("a.yaml", "{"))
        #expect(set.remove(file: "a.yaml").count == 1)
        #expect(set.problems.isEmpty)
    }

    @Test("A kind that is not read is told once for all files")
    func foreignKinds() {
        var set = ManifestSet()
        let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\n"
        _ = set.read([file("a.yaml", deployment, deployment), file("b.yaml", job, deployment)])
        #expect(
            set.problems.map { "\($0.file) \($0.subject?.description ?? "")" } == ["a.yaml Deployment", "b.yaml Job"])
        #expect(set.problems.map(\.isFatalForObject) == [false, false])
    }

    @Test("A problem is told when it appears, and again only after it went away")
    func report() {
        var report = ManifestReport()
        func problem(_ line: Int, _ message: String) -> ManifestProblem {
            ManifestProblem(file: "a.yaml", line: line, message: message, isFatalForObject: true)
        }
        #expect(report.update([problem(1, "x"), problem(2, "y")]).count == 2)
        #expect(report.update([problem(5, "x"), problem(2, "y")]).isEmpty)
        #expect(report.update([problem(2, "y"), problem(3, "z")]) == [problem(3, "z")])
        #expect(report.update([problem(1, "x")]) == [problem(1, "x")])
        #expect(report.update([]).isEmpty)
    }
}
