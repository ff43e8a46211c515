internal import Crypto

extension Resource {
    /// A resource whose version is a hash of its bytes.
    ///
    /// - Parameters:
    ///   - key: Where it goes in the cache.
    ///   - body: The message, encoded deterministically.
    ///   - references: The resources that it names, in any order.
    ///   - origins: The objects that shaped it, in any order.
    public init(key: ResourceKey, body: [UInt8], references: Set<ResourceName> = [], origins: Set<Origin> = []) {
        self.init(
            key: key, edition: Edition(version: Self.version(of: body), references: references.sorted()), body: body,
            origins: origins.sorted())
    }

    /// The version of a whole type: a hash of its sorted names and their versions.
    static func version(ofAll versions: [String: String]) -> String {
        let pairs = versions.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        return version(of: Array(pairs.joined(separator: "\n").utf8))
    }

    private static func version(of bytes: [UInt8]) -> String {
        // 64 bits of SHA-256: versions are compared only within one name, so accidents do not happen.
        SHA256.hash(data: bytes).prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A resource whose version is given, because its bytes differ each time though they mean the same.
    public init(key: ResourceKey, version: String, body: [UInt8]) {
        self.init(key: key, edition: Edition(version: version, references: []), body: body, origins: [])
    }
}
