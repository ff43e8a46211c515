import Foundation
import Testing

@testable import MeshInstallation

@Suite("The page about installing")
struct DocumentationTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/osm-controller/Documentation.docc/Installation.md")

    /// The keys in the table's first column; those with a star stand for all that begin so.
    private static func documented() throws -> [String] {
        try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
            .flatMap { row in
                let cell = row.dropFirst().prefix { $0 != "|" }
                return cell.split(separator: "`").map(String.init).filter { $0.contains(".") && !$0.contains(" ") }
            }
    }

    @Test("names every value, and none that there is not")
    func values() throws {
        let documented = try Self.documented()
        let names = Set(documented.filter { !$0.hasSuffix("*") })
        let groups = documented.filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
        let keys = ValueKey.all.map(\.path)
        let missing = keys.filter { key in
            !names.contains(key) && !groups.contains { key.hasPrefix($0) || "\(key)." == $0 }
        }
        #expect(missing == [], "not on the page")
        #expect(names.subtracting(keys) == [], "no values")
    }
}
