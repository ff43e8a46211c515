import Foundation
import Testing
import Yams

@Suite("The table of the MeshConfig's fields")
struct MeshConfigTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("has a row for each field of the schema, in its order, and no empty cell")
    func rows() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/osm-controller/Documentation.docc/MeshConfig.md"),
            encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        for row in rows {
            #expect(row.count == 5, "\(row)")
            #expect(row.allSatisfy { !$0.isEmpty }, "\(row)")
        }
        let fields = rows.map { $0[0].replacing("`", with: "") }
        #expect(fields == (try Self.fields))
        #expect(fields.count == 50)
    }

    @Test("names scenarios that exist")
    func scenarios() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/osm-controller/Documentation.docc/MeshConfig.md"),
            encoding: .utf8)
        let names = page.matches(of: /scenario `([a-z-]+)`/).map { String($0.1) }
        #expect(names.count >= 10)
        for name in names {
            let folder = Self.root.appending(path: "Tests/Scenarios/\(name)/objects.yaml")
            #expect(FileManager.default.fileExists(atPath: folder.path), "\(name)")
        }
    }

    /// The paths of the schema's fields below `spec` that hold no others.
    private static var fields: [String] {
        get throws {
            let text = try String(contentsOf: root.appending(path: "crds/meshconfig.yaml"), encoding: .utf8)
            let crd = try #require(try Yams.compose(yaml: text))
            let schema = try #require(crd["spec"]?["versions"]?.sequence?.first?["schema"]?["openAPIV3Schema"])
            return paths(of: try #require(schema["properties"]?["spec"]), at: "")
        }
    }

    private static func paths(of schema: Node, at path: String) -> [String] {
        guard let properties = schema["properties"]?.mapping else { return [path] }
        return properties.flatMap { name, property in
            paths(of: property, at: path.isEmpty ? name.string ?? "" : "\(path).\(name.string ?? "")")
        }
    }
}
