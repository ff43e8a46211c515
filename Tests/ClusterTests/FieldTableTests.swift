import Foundation
import Testing

@Suite("The tables of fields in the documentation")
struct FieldTableTests {
    /// The kinds whose page is another one, and what is no policy: certificates.
    private static let elsewhere: Set<String> = ["MeshConfig", "MeshRootCertificate"]

    private static func page(_ name: String) throws -> FieldTable {
        FieldTable(try Checkout.text("Sources/osm-controller/Documentation.docc/\(name).md"))
    }

    private static func fields(of kind: MeshKind) throws -> [String] {
        let definition = try Tree.documents(yaml: Checkout.text("crds/\(kind.name.lowercased()).yaml"))[0]
        let version = definition["spec"]["versions"].list[0]
        return SchemaPaths.all(of: version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    }

    @Test(
        "Every field of a policy kind has its row, and no row has another field",
        arguments: MeshKind.all.filter { !elsewhere.contains($0.name) })
    func fields(kind: MeshKind) throws {
        let fields = try Self.fields(of: kind)
        #expect(!fields.isEmpty)
        let rows = try Self.page("PolicyFields").rows.filter { $0.section == kind.name }.map(\.field)
        #expect(rows.sorted() == fields.sorted())
    }

    @Test("No cell is empty, and the tests that a row names exist and are about its field")
    func cells() throws {
        let tests = try TestSources()
        let rows = try Self.page("PolicyFields").rows
        #expect(rows.count > 100)
        for row in rows {
            #expect(row.cells.count == 4 && row.cells.allSatisfy { !$0.isEmpty }, "\(row.section) \(row.field)")
            let names = (row.cells.last ?? "").split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            #expect(!names.isEmpty, "\(row.section) \(row.field) names no test")
            let word = row.field.split { !($0.isLetter || $0.isNumber) }.last.map(String.init) ?? ""
            for name in names {
                #expect(tests.has(name), "\(row.section) \(row.field): there is no test \(name)")
                #expect(tests.mentions(word, in: name), "\(row.section) \(row.field): \(name) never mentions it")
            }
        }
    }

    @Test("Every field of the MeshConfig has a row on its page, without an empty cell")
    func meshConfig() throws {
        let rows = try Self.page("MeshConfig").rows
        let tests = try TestSources()
        var count = 0
        for field in try Self.fields(of: .meshConfig) {
            let name = field.replacing("[]", with: "")
            let row = rows.first { row in
                row.field.split(separator: ",").contains { part in
                    let path = part.trimmingCharacters(in: .whitespaces).replacing("[]", with: "")
                    return path == name || path == "spec.\(name)"
                }
            }
            #expect(row != nil, "\(field) has no row")
            #expect(row?.cells.allSatisfy { !$0.isEmpty } ?? true, "\(field) has an empty cell")
            let named = (row?.cells.last ?? "").matches(of: /`([A-Za-z]+(?:Tests|Cases))`/).map { String($0.1) }
            for name in named { #expect(tests.has(name), "\(field): there is no test \(name)") }
            count += named.count
        }
        #expect(count > 20)
    }

    @Test("A test that does not exist, and one that is about something else, are found")
    func sources() throws {
        let tests = try TestSources()
        #expect(tests.has("FieldTableTests") && tests.has("split-matches") && tests.has("TrafficSplitCases"))
        #expect(!tests.has("NoSuchTests") && !tests.has("AccessManifests"))
        #expect(tests.mentions("weight", in: "TrafficSplitCases"))
        #expect(!tests.mentions("ipAddresses", in: "TrafficSplitCases"))
    }
}
