/// The name of a network interface, or the start of several names if it ends with `+`.
///
/// Only names that need no quoting in a shell can be built, because they become part of one.
public struct NetworkInterface: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let description: String

    /// An interface by its name: 1 to 15 letters, digits, `_`, `.`, `:`, `@` and `-`, the first no `-`;
    /// or `nil` if the text is no such name.
    ///
    /// The length is Linux's `IFNAMSIZ` without the final zero; `+` at the end is iptables' wildcard.
    public init?(_ name: String) {
        let isWildcard = name.hasSuffix("+")
        let stem = isWildcard ? name.dropLast() : name[...]
        guard !stem.isEmpty, name.utf8.count <= 15, stem.first != "-",
            stem.utf8.allSatisfy(NetworkInterface.isAllowed)
        else { return nil }
        description = name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "@"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
