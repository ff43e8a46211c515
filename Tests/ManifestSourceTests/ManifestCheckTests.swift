import Foundation
import MeshModel
import Testing

@testable import ManifestSource

@Suite struct ManifestCheckTests {
    @Test("The samples are without problems, and every object has its place")
    func samples() throws {
        let check = try ManifestCheck(directory: Fixture.root.appendingPathComponent("config/samples/bookstore").path)
        #expect(check.problems.map(\.description) == [])
        #expect(check.changes.namespaces.count == 4)
        #expect(check.changes.trafficTargets.count == 4)
        #expect(check.changes.trafficSplits.count == 1)
        let key = Fixture.key(.service, "bookstore-v1", namespace: "bookstore")
        #expect(check.location(of: key)?.description == "services.yaml:21")
        #expect(check.location(of: key, path: "spec.clusterIP")?.description == "services.yaml:27")
        #expect(check.location(of: Fixture.key(.pod, "none")) == nil)
    }

    @Test("What validate says of an object is told with the line of the field")
    func validation() {
        let check = ManifestCheck([
            ManifestFile(name: "b.yaml", text: Fixture.split(weights: ("90", "-10"))),
            ManifestFile(
                name: "a.yaml", text: "# x\n---\n" + Fixture.split("other", weights: ("0", "0")) + "---\nkind: x\n"),
        ])
        #expect(
            check.problems.map(\.description) == [
                "a.yaml:10: TrafficSplit shop/other: spec.backends: gives every backend the weight 0: one must have more",
                "a.yaml:14: x: apiVersion: is missing: write a text such as v1",
                "b.yaml:10: TrafficSplit shop/split: spec.backends[1].weight: -10 is negative: write 0 or more",
            ])
        #expect(check.changes.trafficSplits.count == 2)
    }

    @Test("A directory that is not there is an error that names it")
    func missingDirectory() {
        #expect {
            try ManifestCheck(directory: "/nowhere/at-all")
        } throws: { error in
            (error as? ManifestSourceError)?.code == .directory
                && "\(error)".hasPrefix("directory: /nowhere/at-all cannot be read: No such file or directory: ")
        }
    }
}
