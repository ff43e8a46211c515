import MeshModel
import PolicyCompiler

/// Addresses for what has none yet, of a range that nobody routes.
///
/// They follow from the names, so that mostly nothing gets another address when something else comes or goes: what is
/// compiled before and after an edit can be compared.
///
/// Source of the range: RFC 6598, shared address space; the upper half is for Services.
struct MadeUpAddresses {
    enum Use { case pod, service }

    private var taken: Set<IPAddress>

    /// The addresses in each half.
    private static let count = 1 << 21

    /// Addresses that no object has.
    init(besides contents: MeshContents) {
        taken = Set(contents.pods.values.flatMap(\.object.addresses))
        taken.formUnion(contents.services.values.flatMap(\.object.clusterIPs))
        taken.formUnion(contents.endpointSlices.values.flatMap(\.object.endpoints).compactMap(\.address))
    }

    /// An address for what has a name; `nil` if there is none left.
    ///
    /// Whoever comes first has the address of its name: ask in the order of names.
    mutating func next(_ use: Use, _ name: ObjectName) -> IPAddress? {
        let start = Int(Self.digest(of: name.description) % UInt32(Self.count - 2))
        for step in 0..<Self.count - 2 {
            // Neither the first nor the last of the range.
            let number = 1 + (start + step) % (Self.count - 2) + (use == .service ? Self.count : 0)
            let text = "100.\(64 + (number >> 16)).\((number >> 8) & 255).\(number & 255)"
            guard let address = IPAddress(text), taken.insert(address).inserted else { continue }
            return address
        }
        return nil
    }

    /// A number that differs for different texts, mostly, and is the same in every process (FNV-1a).
    private static func digest(of text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
