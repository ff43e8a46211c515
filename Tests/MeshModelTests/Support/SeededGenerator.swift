import Glibc

/// The same numbers for the same seed, on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A text of up to `length` characters of an alphabet; one in sixteen is any character of Unicode instead.
    mutating func text(of alphabet: [Unicode.Scalar], upTo length: Int) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...length, using: &self) {
            let isForeign = alphabet.isEmpty || Int.random(in: 0..<16, using: &self) == 0
            let scalar =
                isForeign
                ? Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &self))
                : alphabet[Int.random(in: alphabet.indices, using: &self)]
            if let scalar { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// A text of random bytes, mended where they are no UTF-8.
    mutating func bytes(upTo length: Int) -> String {
        let count = Int.random(in: 0...length, using: &self)
        return String(decoding: (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }, as: UTF8.self)
    }
}

/// The number of rounds of a random test: ten times as many in the long form.
func rounds(_ count: Int) -> Int {
    getenv("OSM_TEST_FORM").map { String(cString: $0) } == "soak" ? count * 10 : count
}
