public import MeshModel

/// One of the settings that `osm install --set` takes: the values of the original's chart, by the original's names.
public struct ValueKey: Sendable {
    /// What a setting may be.
    public enum Kind: Equatable, Sendable {
        case boolean
        /// A whole number within bounds.
        case integer(ClosedRange<Int64>)
        /// A whole number within bounds, or the word that stands for none.
        case limit(ClosedRange<Int64>, none: String)
        case text
        /// One of these words.
        case word([String])
        /// A list of texts.
        case texts
        /// A list of whole numbers within bounds.
        case integers(ClosedRange<Int64>)
        /// A list of objects, such as tolerations.
        case list
        /// An object whose members are its author's.
        case object
    }

    /// What becomes of a setting.
    public enum Use: Equatable, Sendable {
        /// It holds.
        case honoured
        /// It is the field of the MeshConfig at this path of its spec.
        case meshConfig([String])
        /// What it asks for holds anyway, for the reason given: it is taken, and changes nothing.
        case fulfilled(String)
        /// It cannot hold, for the reason given: any value but the initial one is refused.
        case refused(String)
    }

    /// Its name, such as `osm.image.registry`.
    public let path: String
    /// What it may be.
    public let kind: Kind
    /// What it is if nothing is said.
    public let initial: JSONContent
    /// What becomes of it.
    public let use: Use

    /// A key.
    init(_ path: String, _ kind: Kind, _ initial: JSONContent, _ use: Use = .honoured) {
        self.path = path
        self.kind = kind
        self.initial = initial
        self.use = use
    }

    /// Whether it is taken with any value of its kind.
    public var isTaken: Bool {
        if case .refused = use { false } else { true }
    }
}

extension ValueKey {
    /// All keys, sorted by name.
    public static let all: [ValueKey] = (images + controller + addons + mesh + certificates + refused).sorted {
        $0.path < $1.path
    }

    static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })
}
