import MeshModel
import Testing

@testable import ManifestSource

@Suite("Values that are too much")
struct GreatValueTests {
    /// Texts that may have any length, since no proxy is sent them as a name or expression.
    private static let longTexts: [ObjectKind: Set<String>] = [
        // It is none of the group's, which is reported.
        .trafficTarget: ["rules[].matches[]"],
        .ingressBackend: ["matches[].apiGroup", "matches[].kind", "matches[].name"],
        .meshConfig: [
            "observability.tracing.address",
            "observability.tracing.endpoint",
            "sidecar.envoyImage", "sidecar.envoyWindowsImage", "sidecar.initContainerImage",
            "traffic.inboundExternalAuthorization.address", "traffic.inboundExternalAuthorization.statPrefix",
            "traffic.networkInterfaceExclusionList[]",
        ],
    ]

    /// Lists that may have any number of entries.
    private static let longLists: [ObjectKind: Set<String>] = [
        // Entries of one name are one header.
        .httpRouteGroup: ["matches[].headers"],
        // As many as there are accounts.
        .trafficTarget: ["sources"],
        .ingressBackend: ["matches"],
        .meshConfig: [
            "traffic.inboundPortExclusionList", "traffic.networkInterfaceExclusionList",
            "traffic.outboundPortExclusionList",
        ],
    ]

    @Test("A text of 20,000 letters is refused by the field's path", arguments: SchemaField.kinds)
    func longTexts(kind: ObjectKind) throws {
        let long: PlainValue = .text(String(repeating: "a", count: 20_000))
        let taken = try SchemaField.all(of: kind).filter { field in
            field.type == "string" && !field.isTold(in: field.problems(with: long))
        }
        #expect(Set(taken.map(\.shortPath)).subtracting(Self.longTexts[kind] ?? []).sorted() == [])
    }

    @Test("A list of 10,000 entries is refused by its path, or by those of its entries", arguments: SchemaField.kinds)
    func longLists(kind: ObjectKind) throws {
        let taken = try SchemaField.all(of: kind).filter { field in
            guard field.type == "array", case .list(let entries)? = field.value, let entry = entries.first else {
                return false
            }
            let list: PlainValue = .list((0..<10_000).map { entry.numbered($0) })
            return !field.problems(with: list).contains { $0.hasPrefix(field.path) }
        }
        #expect(Set(taken.map(\.shortPath)).subtracting(Self.longLists[kind] ?? []).sorted() == [])
    }

    /// Expressions that no proxy would take, or that would cost it more than a request may.
    private static let hostile = [
        "(", "[a", "a**", "*a", "(?=a)", "(?<!a)", "(a)\\1", "(?P<a", "\\pX", "a{1001}", "(a{1000}){1000}",
        String(repeating: "(", count: 5_000) + String(repeating: ")", count: 5_000),
        String(repeating: "a", count: 100_000), "\u{0}(",
    ]

    @Test(
        "A hostile expression is refused by the field's path",
        arguments: [
            (ObjectKind.httpRouteGroup, "matches[].pathRegex"), (.httpRouteGroup, "matches[].headers[].key"),
            (
                .upstreamTrafficSetting,
                "rateLimit.global.http.descriptors[].entries[].headerValueMatch.headers[].regex"
            ),
        ])
    func hostileExpressions(kind: ObjectKind, path: String) throws {
        let field = try #require(try SchemaField.all(of: kind).first { $0.shortPath == path })
        for expression in Self.hostile {
            let told = field.problems(with: .text(expression))
            #expect(field.isTold(in: told), "\(expression.prefix(40)): \(told)")
        }
    }
}

extension PlainValue {
    /// Whether it is a text other than what stands for names.
    private var isWord: Bool {
        guard case .text(let text) = self else { return false }
        return text != "a"
    }

    /// The same with a number in each of its names, so that no two are equal.
    fileprivate func numbered(_ number: Int) -> PlainValue {
        switch self {
        case .text(let text): .text("\(text)\(number)")
        case .integer: .integer(1 + number)
        case .map(let fields):
            // Words with a meaning stay.
            .map(fields.mapValues { $0.isWord ? $0 : $0.numbered(number) })
        case .list(let values): .list(values.map { $0.numbered(number) })
        case .number, .boolean: self
        }
    }
}
