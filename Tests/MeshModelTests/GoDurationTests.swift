import MeshModel
import TestInstruments
import Testing

@Suite("Durations in Go's spelling")
struct GoDurationTests {
    private static let good: [(String, Int64)] = [
        ("0", 0), ("+0", 0), ("-0", 0), ("0s", 0), ("5s", 5_000_000_000), ("30s", 30_000_000_000),
        ("1478s", 1_478_000_000_000), ("-5s", -5_000_000_000), ("+5s", 5_000_000_000), ("5.0s", 5_000_000_000),
        ("5.6s", 5_600_000_000), ("5.s", 5_000_000_000), (".5s", 500_000_000), ("1.004s", 1_004_000_000),
        ("1.0040s", 1_004_000_000), ("100.00100s", 100_001_000_000), ("10ns", 10), ("11us", 11_000), ("12µs", 12_000),
        ("12μs", 12_000), ("13ms", 13_000_000), ("14s", 14_000_000_000), ("15m", 900_000_000_000),
        ("16h", 57_600_000_000_000), ("3h30m", 12_600_000_000_000), ("10.5s4m", 250_500_000_000),
        ("-2m3.4s", -123_400_000_000), ("1h2m3s4ms5us6ns", 3_723_004_005_006), ("39h9m14.425s", 140_954_425_000_000),
        ("52763797000ns", 52_763_797_000), ("0.100000000000000000000h", 360_000_000_000), ("0.9ns", 0),
        ("9223372036854775807ns", .max), ("-9223372036854775807ns", -.max), ("9223372036854775.807us", .max),
        ("2562047h47m16.854775807s", .max), ("24h", 86_400_000_000_000), ("1.5h", 5_400_000_000_000),
    ]

    @Test("What Go reads is read to the same nanosecond", arguments: good)
    func reads(text: String, nanoseconds: Int64) throws {
        #expect(try #require(GoDuration(text)).duration == .nanoseconds(nanoseconds))
    }

    @Test(
        "What Go refuses is refused",
        arguments: [
            "", "3", "-", "+", "s", ".", "-.", ".s", "+.s", "1", "1.5", "1d", "1 s", " 1s", "1s ", "1S", "1M", "1hh",
            "1h-2m", "--1s", "1..5s", "1s2", "00", "0x1s", "1e3s", "PT1H", "1µ", "１s", "1m\u{0}", "\u{85}\u{85}",
            "9223372036854775808ns", "9223372036854775808us", "2562047h47m16.854775808s", "9223372036854ms1000000h",
            "3000000h", "99999999999999999999999h",
        ])
    func refuses(text: String) {
        #expect(GoDuration(text) == nil)
    }

    @Test("Random texts are read or refused, and what is read fits 64 bits of nanoseconds")
    func fuzz() {
        var random = SeededGenerator(seed: 4)
        let alphabet = Array("0123456789...nuµmshhsm+-".unicodeScalars)
        let units = ["ns", "us", "ms", "s", "m", "h"]
        var accepted = 0
        for round in 0..<rounds(40_000) {
            var text = round % 3 == 0 ? random.bytes(upTo: 16) : random.text(of: alphabet, upTo: 12)
            if round % 3 == 1 {
                text = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    "\(UInt64.random(in: 0...(1 << UInt64.random(in: 1...63, using: &random)), using: &random))"
                        + (units.randomElement(using: &random) ?? "")
                }.joined()
            }
            guard let parsed = GoDuration(text) else { continue }
            accepted += 1
            #expect(
                parsed.duration >= .nanoseconds(-Int64.max) && parsed.duration <= .nanoseconds(Int64.max), "\(text)")
        }
        #expect(accepted > 1000)
    }
}
