/// What a resource names: another resource.
struct Reference: Hashable {
    let kind: ResourceKind
    let name: Int32
}

/// What all proxies of a fleet know together: texts by number, and what each body refers to.
///
/// Proxies are sent the same resources, so each body is looked into once. Belongs to the fleet's event loop.
final class Catalogue {
    private struct Key: Hashable {
        let kind: ResourceKind
        let name: Int32
        let version: Int32
    }

    private var numbers: [String: Int32] = [:]
    private var texts: [String] = []
    private var known: [Key: [Reference]] = [:]

    /// The number of a text.
    func id(_ text: String) -> Int32 {
        if let number = numbers[text] { return number }
        let number = Int32(texts.count)
        texts.append(text)
        numbers[text] = number
        return number
    }

    func id(_ bytes: UnsafeRawBufferPointer) -> Int32 { id(String(decoding: bytes, as: UTF8.self)) }

    /// The text with a number.
    func text(_ id: Int32) -> String { texts[Int(id)] }

    /// Looks into a body, if none of this name and version was seen.
    func learn(_ kind: ResourceKind, _ name: Int32, _ version: Int32, _ body: UnsafeRawBufferPointer) {
        guard kind.isWildcard else { return }
        let key = Key(kind: kind, name: name, version: version)
        guard known[key] == nil else { return }
        let names = kind == .cluster ? NamesInBodies.cluster(body) : NamesInBodies.listener(body)
        known[key] = Set(names.map { Reference(kind: $0.kind, name: id($0.name)) })
            .sorted { ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name) }
    }

    /// What a resource that has arrived names.
    func references(_ kind: ResourceKind, _ name: Int32, _ version: Int32) -> [Reference] {
        guard kind.isWildcard else { return [] }
        return known[Key(kind: kind, name: name, version: version)] ?? []
    }
}
