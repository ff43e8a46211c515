import TestInstruments

/// Texts for random input.
extension SeededGenerator {
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
    isSoak ? count * 10 : count
}
