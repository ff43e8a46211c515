/// A version of TLS, by the names that MeshConfig and Envoy use.
public enum TLSVersion: String, Hashable, Comparable, Sendable, CaseIterable {
    /// The proxy's own choice.
    case auto = "TLS_AUTO"
    case v1_0 = "TLSv1_0"
    case v1_1 = "TLSv1_1"
    case v1_2 = "TLSv1_2"
    case v1_3 = "TLSv1_3"

    /// Older first; `TLS_AUTO` before all.
    public static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }
}

extension TLSVersion: Decodable {
    /// Reads the name of a version.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let version = TLSVersion(rawValue: text) else {
            let words = TLSVersion.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "`\(text)` has no meaning here: write \(words)")
        }
        self = version
    }
}
