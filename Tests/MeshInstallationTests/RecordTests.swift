import Foundation
import MeshModel
import Testing

@testable import MeshInstallation

@Suite("What the cluster keeps of an installation")
struct RecordTests {
    private static func installation(_ expressions: [String]) throws -> Installation {
        try Installation(try InstallationValues(expressions), namespace: "osm-system")
    }

    @Test("is read as it was written")
    func roundTrip() throws {
        let installation = try Self.installation(["osm.enableEgress=false,osm.deployJaeger=true"])
        let record = InstallationRecord(installation, objects: try installation.kinds() + installation.objects())
        let json = String(decoding: try JSONEncoder().encode(record.values), as: UTF8.self)
        let data = try #require(record.configMap(namespace: "osm-system", valuesJSON: json)["data"]?.members)
        let read = InstallationRecord(data: data.mapValues { $0.text ?? "" }) {
            try JSONDecoder().decode(InstallationValues.self, from: Data($0.utf8))
        }
        #expect(read == record)
        #expect(record.objects.count > 20)
    }

    @Test("says what is to go when settings change, but for what others may use")
    func superfluous() throws {
        let before = try Self.installation([
            "osm.deployJaeger=true,osm.osmController.enablePodDisruptionBudget=true",
            "osm.certificateProvider.kind=vault,osm.vault.host=v,osm.vault.token=t",
        ])
        let record = InstallationRecord(before, objects: try before.kinds() + before.objects())
        #expect(record.superfluous(beside: try before.kinds() + before.objects()) == [])
        let after = try Self.installation([])
        let gone = record.superfluous(beside: try after.objects()).map(\.description)
        #expect(
            gone == [
                "Deployment osm-system/jaeger", "PodDisruptionBudget osm-system/osm-controller",
                "Service osm-system/jaeger",
            ])
    }

    @Test("changes of a MeshConfig what is given, and brings that back")
    func meshConfig() throws {
        let given = try InstallationValues(["osm.enableEgress=false,osm.tracing.port=1,osm.image.tag=2"])
        let change = try Installation.meshConfigChange(given)
        #expect(change == ["spec": ["traffic": ["enableEgress": false], "observability": ["tracing": ["port": 1]]]])
        let stored: JSONContent = ["spec": ["traffic": ["enableEgress": true, "inboundPortExclusionList": [1]]]]
        let undoing = Installation.meshConfigChange(undoing: given, of: stored)
        #expect(
            undoing == ["spec": ["traffic": ["enableEgress": true], "observability": ["tracing": ["port": .null]]]])
        #expect(try Installation.meshConfigChange(try InstallationValues(["osm.image.tag=2"])) == nil)
        // What is taken back is as in a MeshConfig that is made anew.
        let takenBack = try InstallationValues(["osm.enableEgress=null,osm.tracing.address=null,osm.image.tag=null"])
        let back = try Installation.meshConfigChange(takenBack)
        #expect(
            back == ["spec": ["traffic": ["enableEgress": true], "observability": ["tracing": ["address": .null]]]])
        #expect(
            Installation.meshConfigChange(undoing: takenBack, of: ["spec": ["traffic": ["enableEgress": false]]])
                == ["spec": ["traffic": ["enableEgress": false], "observability": ["tracing": ["address": .null]]]])
    }

    @Test("forgets nothing while an installation is written")
    func beginning() throws {
        let before = try Self.installation(["osm.deployJaeger=true"])
        let former = InstallationRecord(before, objects: try before.objects())
        let after = try Self.installation(["osm.deployGrafana=true"])
        let record = InstallationRecord(beginning: after, objects: try after.objects(), after: former)
        #expect(record.values == before.values)
        let names = Set(record.objects.map(\.name.name))
        #expect(names.isSuperset(of: ["jaeger", "osm-grafana", "osm-controller"]))
        #expect(InstallationRecord(beginning: after, objects: [], after: nil).values == after.values)
    }

    @Test("has presets that are nothing but values", arguments: InstallationPreset.allCases)
    func presets(preset: InstallationPreset) throws {
        let installation = try Self.installation(preset.expressions)
        #expect(try installation.objects().count >= 11)
    }

    @Test("is told apart from other ConfigMaps")
    func foreign() {
        #expect(InstallationRecord(data: ["a": "b"]) { _ in InstallationValues() } == nil)
        #expect(InstallationObject.Reference(line: "v1 ConfigMap") == nil)
        #expect(InstallationObject.Reference(line: "v1 ConfigMap /") == nil)
    }
}
