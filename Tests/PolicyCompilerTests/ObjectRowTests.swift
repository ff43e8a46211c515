import MeshModel
import PolicyCompiler
import Testing

@Suite("A row")
struct ObjectRowTests {
    private static func row(label: String = "a", problems: [Problem] = []) -> ObjectRow<ServiceAccount> {
        let metadata = ObjectMetadata(name: "a", namespace: "n", labels: ["l": label])
        return ObjectRow(object: ServiceAccount(metadata: metadata), problems: problems)
    }

    @Test("Is equal to another by what it holds, wherever that is")
    func equality() {
        let row = Self.row()
        let copy = row
        let problem = Problem(path: "metadata.name", message: "is wrong")
        #expect(row == copy)
        #expect(row == Self.row())
        #expect(row != Self.row(label: "b"))
        #expect(row != Self.row(problems: [problem]))
        #expect(Self.row(problems: [problem]) == Self.row(problems: [problem]))
    }
}
