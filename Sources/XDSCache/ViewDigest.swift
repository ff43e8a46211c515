internal import Crypto

/// What a view consists of, in a few characters: equal on every replica for equal views.
///
/// A resource counts by its type, name and version, which is a hash of its bytes, and by the objects that shaped it with
/// their generations: a view that is what it was before is another one where somebody has edited there and back. A
/// workload's own certificate, which is in no view, does not count.
public struct ViewDigest: Hashable, Sendable, CustomStringConvertible {
    /// Hexadecimal digits, 32 of them.
    public let description: String

    /// The digest that another replica tells.
    public init(_ text: String) { description = text }

    /// The digest of a view.
    ///
    /// - Parameter layers: The digests of its layers, in any order.
    init(_ layers: [ResourceSum]) {
        var sum = ResourceSum()
        for layer in layers { sum.add(layer) }
        description = sum.description
    }
}

/// A sum over a set of resources: the same in whatever order they are added.
struct ResourceSum: Hashable, Sendable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// Adds a resource: the first half of the SHA-256 of its type, name, version and origins, as two numbers.
    mutating func add(_ resource: Resource) {
        let name = resource.key.name
        let origins = resource.origins.map { "\u{0}\($0.object)\u{0}\($0.generation)" }.joined()
        let text = "\(name.type.url)\u{0}\(name.name)\u{0}\(resource.version)\(origins)"
        let hash = SHA256.hash(data: Array(text.utf8))
        hash.withUnsafeBytes { bytes in
            high &+= bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self).bigEndian
            low &+= bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian
        }
    }

    /// Adds another sum.
    mutating func add(_ other: ResourceSum) {
        high &+= other.high
        low &+= other.low
    }

    /// Hexadecimal digits, 32 of them.
    var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
