import MeshModel
import Testing

@testable import ManifestSource

@Suite struct ManifestFuzzTests {
    /// A generator with a seed (SplitMix64), so that a failure can be run again.
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static func mutated(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes.removeSubrange(place...)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...60, using: &random)))
            case 3: bytes.insert(contentsOf: Array("\n---\n".utf8), at: place)
            case 4: bytes.insert(contentsOf: Array("&a *a {[\"'|>%!<<: \u{0}".utf8).shuffled(using: &random), at: place)
            default: bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
        }
        return bytes
    }

    @Test("No mutation of a file crashes the reader, loses objects of other files, or survives the file's repair")
    func mutations() throws {
        let samples = try Fixture.samples()
        var set = ManifestSet()
        let whole = samples.map { ManifestFile(name: $0.name, bytes: $0.bytes) }
        _ = set.read(whole)
        let keys = Dictionary(uniqueKeysWithValues: whole.map { ($0.name, Set($0.entries.map(\.object.key))) })
        let original = set.objects.map(\.key)
        // The scenarios have a MeshConfig of their own.
        let originalProblems = set.problems
        #expect(original.count > 30)
        var random = Seeded(state: 42)
        var broken = 0
        for round in 0..<2_000 {
            let sample = samples[Int.random(in: 0..<samples.count, using: &random)]
            let own = keys[sample.name] ?? []
            let reading = ManifestFile(name: sample.name, bytes: Self.mutated(sample.bytes, &random))
            if !reading.isWhole { broken += 1 }
            let lineCount = reading.problems.map(\.line).max() ?? 0
            #expect(lineCount <= 10_000, "round \(round)")
            let changes = set.read(reading)
            let now = Set(set.objects.map(\.key))
            let lost = original.filter { !now.contains($0) }
            #expect(lost.allSatisfy { own.contains($0) }, "round \(round): \(sample.name) lost \(lost)")
            #expect(reading.isWhole || lost.isEmpty, "round \(round): \(sample.name) lost \(lost)")
            #expect(changes.count <= now.count + lost.count)
            _ = set.problems
            _ = set.read(ManifestFile(name: sample.name, bytes: sample.bytes))
            #expect(set.objects.map(\.key) == original, "round \(round)")
            #expect(set.problems == originalProblems)
        }
        // The mutations are neither all harmless nor all fatal.
        #expect((200...1_900).contains(broken), "\(broken)")
    }
}
