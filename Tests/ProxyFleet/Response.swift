/// A response, as far as a proxy looks at it.
struct Response {
    /// A resource in it.
    struct Arrival {
        let name: Int32
        let version: Int32
        let bytes: Int
    }

    let kind: ResourceKind
    private(set) var nonce = ""
    /// Of whole sets, the version of the type.
    private(set) var version = ""
    private(set) var arrivals: [Arrival] = []
    private(set) var removed: [Int32] = []

    /// Reads a message, and makes known to a catalogue what is new in it.
    ///
    /// - Throws: `WireFields.Malformed` if it is none, or of a type that nobody asked for.
    init(_ message: UnsafeRawBufferPointer, _ variant: Variant, _ catalogue: Catalogue) throws(WireFields.Malformed) {
        var url = ""
        var resources: [UnsafeRawBufferPointer] = []
        var fields = WireFields(message)
        while let (number, content) = try fields.next() {
            switch (number, variant) {
            case (1, _): version = String(decoding: content, as: UTF8.self)
            case (2, _): resources.append(content)
            case (4, _): url = String(decoding: content, as: UTF8.self)
            case (5, _): nonce = String(decoding: content, as: UTF8.self)
            case (6, .delta): removed.append(catalogue.id(content))
            default: break
            }
        }
        guard let kind = ResourceKind(url: url) else { throw WireFields.Malformed() }
        self.kind = kind
        arrivals.reserveCapacity(resources.count)
        for resource in resources {
            arrivals.append(
                variant == .delta
                    ? try Self.entry(resource, kind, catalogue) : try Self.any(resource, kind, catalogue))
        }
    }

    /// A resource of a response of differences: its version, its body in an `Any`, its name.
    private static func entry(
        _ entry: UnsafeRawBufferPointer, _ kind: ResourceKind, _ catalogue: Catalogue
    ) throws(WireFields.Malformed) -> Arrival {
        var (name, version, body) = (Int32(-1), Int32(-1), UnsafeRawBufferPointer(start: nil, count: 0))
        var fields = WireFields(entry)
        while let (number, content) = try fields.next() {
            switch number {
            case 1: version = catalogue.id(content)
            case 2: body = try value(of: content)
            case 3: name = catalogue.id(content)
            default: break
            }
        }
        guard name >= 0, version >= 0 else { throw WireFields.Malformed() }
        catalogue.learn(kind, name, version, body)
        return Arrival(name: name, version: version, bytes: body.count)
    }

    /// A resource of a whole set: an `Any`; it has its name in its first field, and its bytes are its version.
    private static func any(
        _ any: UnsafeRawBufferPointer, _ kind: ResourceKind, _ catalogue: Catalogue
    ) throws(WireFields.Malformed) -> Arrival {
        let body = try value(of: any)
        var fields = WireFields(body)
        while let (number, content) = try fields.next() {
            guard number == 1 else { continue }
            let name = catalogue.id(content)
            var hasher = Hasher()
            hasher.combine(bytes: body)
            let version = catalogue.id("\(hasher.finalize())")
            catalogue.learn(kind, name, version, body)
            return Arrival(name: name, version: version, bytes: body.count)
        }
        throw WireFields.Malformed()
    }

    private static func value(of any: UnsafeRawBufferPointer) throws(WireFields.Malformed) -> UnsafeRawBufferPointer {
        var fields = WireFields(any)
        while let (number, content) = try fields.next() {
            if number == 2 { return content }
        }
        return UnsafeRawBufferPointer(start: nil, count: 0)
    }
}
