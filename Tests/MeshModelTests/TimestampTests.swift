import Glibc
import MeshModel
import TestInstruments
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "A time of RFC 3339 is seconds since 1970",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:01z", 1), ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:00:00Z", 951_825_600), ("2026-01-31T12:00:00Z", 1_769_860_800),
            ("2026-01-31T12:00:00.999999999Z", 1_769_860_800), ("2026-01-31T14:30:00+02:30", 1_769_860_800),
            ("2026-01-31T09:30:00-02:30", 1_769_860_800), ("2026-01-31T12:00:00.5+00:00", 1_769_860_800),
            ("2016-12-31T23:59:60Z", 1_483_228_800), ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799), ("0000-01-01T00:00:00Z", -62_167_219_200),
        ])
    func times(text: String, seconds: Int) throws {
        #expect(Timestamp(rfc3339: text) == Timestamp(seconds: Int64(seconds)))
        #expect(try read(Timestamp.self, "\"\(text)\"").seconds == Int64(seconds))
    }

    @Test(
        "What is no time is none",
        arguments: [
            "", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z", "1900-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00.", "2026-01-01T00:00:00.Z",
            "+026-01-01T00:00:00Z", "20260101T000000Z", "2026-01-01T00:00:00Z ", "２026-01-01T00:00:00Z",
        ])
    func none(text: String) throws {
        #expect(Timestamp(rfc3339: text) == nil)
        #expect(try decodingProblem(Timestamp.self, "\"\(text)\"") != nil)
    }

    @Test("Days of the calendar agree with the C library")
    func calendar() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<rounds(20_000) {
            var parts = tm()
            parts.tm_year = Int32.random(in: -1900...8099, using: &random)
            parts.tm_mon = Int32.random(in: 0...11, using: &random)
            parts.tm_mday = Int32.random(in: 1...31, using: &random)
            parts.tm_hour = Int32.random(in: 0...23, using: &random)
            parts.tm_min = Int32.random(in: 0...59, using: &random)
            parts.tm_sec = Int32.random(in: 0...59, using: &random)
            let text =
                "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
                + "T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
            let day = parts.tm_mday
            let seconds = timegm(&parts)
            // The C library takes 30 February for 1 March.
            let expected: Int64? = parts.tm_mday == day ? Int64(seconds) : nil
            #expect(Timestamp(rfc3339: text)?.seconds == expected, "\(text)")
        }
    }

    private func padded(_ number: Int32, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    @Test("Random texts never end the process")
    func fuzz() {
        var random = SeededGenerator(seed: 3)
        let good = Array("2026-01-31T12:00:00.5+02:30".unicodeScalars)
        var accepted = 0
        for round in 0..<rounds(40_000) {
            var scalars = good
            for _ in 0..<Int.random(in: 0...3, using: &random) where !scalars.isEmpty {
                let place = Int.random(in: scalars.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars.remove(at: place)
                case 1: scalars[place] = good[Int.random(in: good.indices, using: &random)]
                default: scalars = Array(scalars.prefix(place + 1))
                }
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            if Timestamp(rfc3339: round % 2 == 0 ? text : random.bytes(upTo: 40)) != nil { accepted += 1 }
        }
        #expect(accepted > 1000)
    }

    @Test("Earlier is less, and an object of unknown age is the youngest")
    func order() {
        #expect(Timestamp(seconds: -1) < Timestamp(seconds: 0))
        func object(_ namespace: String, _ name: String, _ creation: Int64?) -> Seniority {
            ObjectMetadata(name: name, namespace: namespace, creation: creation.map(Timestamp.init(seconds:))).seniority
        }
        let ranked = [
            object("z", "z", 1), object("a", "b", 2), object("b", "a", 2), object("b", "b", 2), object("a", "a", nil),
            object("a", "b", nil),
        ]
        #expect(ranked.reversed().sorted() == ranked)
    }
}
