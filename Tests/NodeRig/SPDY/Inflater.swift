/// Takes back what zlib compressed (RFC 1950 and 1951), piece by piece, with a dictionary both sides know.
///
/// Every piece ends where the sender flushed: at the end of a block, at a byte's border.
struct Inflater {
    /// What is no compressed data.
    struct Malformed: Error {}

    private static let windowSize = 32 << 10
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145,
        8193, 12_289, 16_385, 24_577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
    /// The order in which the lengths of the codes for lengths stand.
    private static let codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private var window: [UInt8]
    private var hasHeader = false

    init(dictionary: [UInt8]) { window = dictionary }

    /// The contents of a piece.
    mutating func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        // The header, and which dictionary it was.
        var bits = BitReader(hasHeader ? bytes[...] : bytes.dropFirst(6))
        hasHeader = true
        let start = window.count
        while !bits.isAtEnd {
            _ = try bits.read(1)
            switch try bits.read(2) {
            case 0: try copy(&bits)
            case 1: try decode(&bits, Self.fixedLiterals, Self.fixedDistances)
            case 2:
                let (literals, distances) = try Self.codes(&bits)
                try decode(&bits, literals, distances)
            default: throw Malformed()
            }
        }
        let output = Array(window[start...])
        if window.count > Self.windowSize { window.removeFirst(window.count - Self.windowSize) }
        return output
    }

    private mutating func copy(_ bits: inout BitReader) throws {
        bits.align()
        let length = try bits.read(16)
        guard try bits.read(16) == ~length & 0xFFFF else { throw Malformed() }
        for _ in 0..<length { window.append(UInt8(try bits.read(8))) }
    }

    private mutating func decode(_ bits: inout BitReader, _ literals: HuffmanCode, _ distances: HuffmanCode) throws {
        while true {
            let symbol = try literals.read(&bits)
            if symbol < 256 {
                window.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol < 286 else { throw Malformed() }
            let length = try Self.lengthBases[symbol - 257] + bits.read(Self.lengthBits[symbol - 257])
            let index = try distances.read(&bits)
            guard index < 30 else { throw Malformed() }
            let distance = try Self.distanceBases[index] + bits.read(Self.distanceBits[index])
            guard distance <= window.count else { throw Malformed() }
            for _ in 0..<length { window.append(window[window.count - distance]) }
        }
    }

    private static let fixedLiterals = HuffmanCode(
        (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    private static let fixedDistances = HuffmanCode(Array(repeating: 5, count: 30))

    private static func codes(_ bits: inout BitReader) throws -> (HuffmanCode, HuffmanCode) {
        let literalCount = try bits.read(5) + 257
        let distanceCount = try bits.read(5) + 1
        let count = try bits.read(4) + 4
        var lengths = Array(repeating: 0, count: 19)
        for index in 0..<count { lengths[codeOrder[index]] = try bits.read(3) }
        let code = HuffmanCode(lengths)
        var all: [Int] = []
        while all.count < literalCount + distanceCount {
            switch try code.read(&bits) {
            case let length where length < 16: all.append(length)
            case 16:
                guard let last = all.last else { throw Malformed() }
                all += Array(repeating: last, count: try bits.read(2) + 3)
            case 17: all += Array(repeating: 0, count: try bits.read(3) + 3)
            default: all += Array(repeating: 0, count: try bits.read(7) + 11)
            }
        }
        return (
            HuffmanCode(Array(all[..<literalCount])),
            HuffmanCode(Array(all[literalCount..<(literalCount + distanceCount)]))
        )
    }
}

/// Reads bits, the lowest of each byte first.
struct BitReader {
    private var bytes: ArraySlice<UInt8>
    private var held = 0
    private var heldCount = 0

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func read(_ count: Int) throws -> Int {
        while heldCount < count {
            guard let byte = bytes.popFirst() else { throw Inflater.Malformed() }
            held |= Int(byte) << heldCount
            heldCount += 8
        }
        defer {
            held >>= count
            heldCount -= count
        }
        return held & ((1 << count) - 1)
    }

    /// Goes on with the next byte.
    mutating func align() {
        held = 0
        heldCount = 0
    }
}

/// A code whose words have different lengths, given by these lengths alone.
struct HuffmanCode {
    /// How many words there are of each length.
    private var counts = Array(repeating: 0, count: 16)
    /// The symbols, in the order of their words.
    private var symbols: [Int] = []

    init(_ lengths: [Int]) {
        for length in lengths where length > 0 { counts[length] += 1 }
        for length in 1..<16 {
            symbols += lengths.indices.filter { lengths[$0] == length }
        }
    }

    func read(_ bits: inout BitReader) throws -> Int {
        var (word, first, index) = (0, 0, 0)
        for length in 1..<16 {
            word |= try bits.read(1)
            let count = counts[length]
            if word - count < first { return symbols[index + word - first] }
            index += count
            first = (first + count) << 1
            word <<= 1
        }
        throw Inflater.Malformed()
    }
}
