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
        // 64 bits of SHA-256: versions are compared only within one name, so accidents do not happen.
        let hash = SHA256.hash(data: body).prefix(8)
        self.init(
            key: key, version: hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(), body: body,
            references: references.sorted(), origins: origins.sorted())
    }

    /// A resource whose version is given, because its bytes differ each time though they mean the same.
    public init(key: ResourceKey, version: String, body: [UInt8]) {
        self.init(key: key, version: version, body: body, references: [], origins: [])
    }
}
