internal import MeshModel

/// A ConfigMap with a part of what pods have called, as the API server has it.
///
/// Its data has an entry for each identity, `account.namespace`, with a line for each service port,
/// `namespace/service:port`: sorted, so that equal calls have equal texts.
struct CallObject: SourceObject {
    static let source = SourceKind.configMap

    let metadata: ObjectMetadata
    let resourceVersion: String
    let data: [String: String]
    /// Whether the API server refuses every change of the data.
    let isImmutable: Bool

    init(metadata: ObjectMetadata, resourceVersion: String, data: [String: String], isImmutable: Bool = false) {
        self.metadata = metadata
        self.resourceVersion = resourceVersion
        self.isImmutable = isImmutable
        self.data = data
    }
}

extension CallObject: Decodable {
    private enum Key: String, CodingKey { case metadata, data, immutable }
    private struct Version: Decodable { let resourceVersion: String }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        metadata = try fields.decode(ObjectMetadata.self, forKey: .metadata)
        resourceVersion = try fields.decode(Version.self, forKey: .metadata).resourceVersion
        data = try fields.decodeIfPresent([String: String].self, forKey: .data) ?? [:]
        isImmutable = try fields.decodeIfPresent(Bool.self, forKey: .immutable) ?? false
    }
}

/// How calls are spread over ConfigMaps, and how they are written there.
enum CallText {
    /// So many ConfigMaps there are at most; those without calls do not exist.
    ///
    /// An object of etcd holds 1 MiB, some 25,000 calls. Identities are spread by a hash of their names, so that a large
    /// mesh has room and a new call rewrites little.
    static let shards = 16
    /// What an object's entries may have in bytes; the API server takes 1 MiB, of which its own notes are a part.
    static let limit = 900_000
    /// The longest key that a ConfigMap takes (source: Kubernetes' validation, the length of a DNS subdomain).
    private static let longestKey = 253
    private static let prefix = "osm-calls-"

    /// The number of the object that an identity is in.
    static func shard(of identity: ServiceIdentity) -> Int {
        Int(StableHash.value(identity.description) % UInt64(shards))
    }

    /// The name of an object.
    static func name(_ shard: Int) -> String { "\(prefix)\(shard)" }

    /// The number of an object; `nil` if its name is none of these.
    static func shard(named name: String) -> Int? {
        guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)) else { return nil }
        return (0..<shards).contains(number) && Self.name(number) == name ? number : nil
    }

    /// The key of an identity; `nil` if its name is too long for one, which then is not shared.
    static func key(of identity: ServiceIdentity) -> String? {
        let key = "\(identity.serviceAccount).\(identity.namespace)"
        return key.utf8.count > longestKey ? nil : key
    }

    /// The identity of a key: a namespace holds no dot; `nil` if it is none.
    static func identity(of key: String) -> ServiceIdentity? {
        guard let dot = key.lastIndex(of: ".") else { return nil }
        let (account, namespace) = (String(key[..<dot]), String(key[key.index(after: dot)...]))
        guard !account.isEmpty, !namespace.isEmpty else { return nil }
        return ServiceIdentity(namespace: namespace, serviceAccount: account)
    }

    /// The entry with service ports.
    static func text(_ ports: Set<ServicePort>) -> String { ports.sorted().map { "\($0)\n" }.joined() }

    /// The service ports of an entry, and whether every line is one.
    static func ports(_ text: String) -> (ports: Set<ServicePort>, isWhole: Bool) {
        let lines = text.split(whereSeparator: \.isNewline)
        let ports = lines.compactMap { port($0) }
        return (Set(ports), ports.count == lines.count)
    }

    private static func port(_ line: Substring) -> ServicePort? {
        guard let slash = line.firstIndex(of: "/"), let colon = line.lastIndex(of: ":"), slash < colon,
            let number = UInt16(line[line.index(after: colon)...]), number > 0
        else { return nil }
        let (namespace, name) = (line[..<slash], line[line.index(after: slash)..<colon])
        // What no object can be called is nobody's call.
        let isName = { (text: Substring) in
            !text.isEmpty
                && text.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                        || byte == UInt8(ascii: ".")
                }
        }
        guard isName(namespace), isName(name) else { return nil }
        return ServicePort(service: ObjectName(namespace: String(namespace), name: String(name)), port: number)
    }
}
