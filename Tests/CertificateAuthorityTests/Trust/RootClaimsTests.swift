import CertificateAuthority
import Testing

@Suite("What objects ask for")
struct RootClaimsTests {
    private typealias Claim = RootClaims.Claim
    private static let broken = IssuerFailure(.unusableRoot, "expired")

    private static func claim(
        _ object: String, _ created: Int64, _ role: RootClaims.Role = .active, isUsable: Bool = true
    ) -> Claim {
        Claim(
            object: object, created: created, role: role,
            root: isUsable ? .success(TrustedMesh.root(object)) : .failure(broken))
    }

    private static let cases: [([Claim], signing: String?, passive: [String], [String: RootClaims.Standing])] = [
        ([], "implicit", [], [:]),
        ([claim("a", 1)], "a", [], ["a": .signing]),
        ([claim("a", 1), claim("b", 2)], "b", [], ["a": .superseded(by: "b"), "b": .signing]),
        ([claim("a", 1), claim("b", 1)], "b", [], ["a": .superseded(by: "b"), "b": .signing]),
        // A younger one that cannot be used changes nothing.
        ([claim("a", 1), claim("b", 2, isUsable: false)], "a", [], ["a": .signing, "b": .unusable(broken)]),
        ([claim("a", 1), claim("b", 2, .passive)], "a", ["b"], ["a": .signing, "b": .trusted]),
        ([claim("a", 1, .passive), claim("b", 2)], "b", ["a"], ["a": .trusted, "b": .signing]),
        ([claim("a", 1, .inactive), claim("b", 2)], "b", [], ["a": .inactive, "b": .signing]),
        // Nobody can sign: who does stays.
        ([claim("a", 1, .passive)], nil, ["a"], ["a": .trusted]),
        ([claim("a", 1, isUsable: false)], nil, [], ["a": .unusable(broken)]),
        ([claim("a", 1, .inactive, isUsable: false)], nil, [], ["a": .inactive]),
        ([claim("a", 1, .passive, isUsable: false)], nil, [], ["a": .unusable(broken)]),
    ]

    @Test(
        "The youngest that can sign does, those that are passive are trusted, and each is told",
        arguments: cases.indices)
    func weighed(index: Int) {
        let (claims, signing, passive, standings) = Self.cases[index]
        for order in [claims, claims.reversed()] {
            let weighed = RootClaims(order, implicit: TrustedMesh.root("implicit"))
            #expect(weighed.wish.signing?.id == signing)
            #expect(weighed.wish.passive.map(\.id) == passive)
            #expect(weighed.standings == standings)
        }
    }
}
