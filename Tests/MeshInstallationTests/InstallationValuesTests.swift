import Foundation
import MeshModel
import Testing

@testable import MeshInstallation

@Suite("The values of an installation")
struct InstallationValuesTests {
    @Test("are given by name, later ones win, and null takes one back")
    func giving() throws {
        let values = try InstallationValues([
            "osm.enableEgress=false,osm.image.tag=1.10", "osm.image.tag=v2",
            "osm.outboundPortExclusionList={6379,7070}", "osm.outboundIPRangeExclusionList[1]=10.0.0.0/8",
            "osm.osmController.podLabels.tier=control", "osm.imagePullSecrets[0].name=registry",
            "osm.osmController.resource.limits.memory=2G", "osm.trustDomain=x", "osm.trustDomain=null",
        ])
        #expect(values["osm.enableEgress"] == false)
        #expect(values["osm.image.tag"] == "v2")
        #expect(values["osm.outboundPortExclusionList"] == [6379, 7070])
        #expect(values["osm.outboundIPRangeExclusionList"] == ["", "10.0.0.0/8"])
        #expect(values["osm.osmController.podLabels"] == ["tier": "control"])
        #expect(values["osm.imagePullSecrets"] == [["name": "registry"]])
        #expect(values["osm.osmController.resource"] == ["limits": ["memory": "2G"]])
        #expect(values["osm.trustDomain"] == "cluster.local")
        #expect(values.given["osm.trustDomain"] == nil)
    }

    @Test("are kept under later ones, which change or take back some, and survive being stored, but for tokens")
    func storing() throws {
        let before = try InstallationValues([
            "osm.osmController.podLabels.a=1,osm.osmController.podLabels.c=3", "osm.enableEgress=false",
            "osm.trustDomain=x", "osm.image.tag=1", "osm.vault.token=s.secret",
        ])
        let later = try before.setting([
            "osm.osmController.podLabels.b=2,osm.osmController.podLabels.c=null", "osm.enableEgress=true",
            "osm.trustDomain=null,osm.image.tag=null,osm.image.tag=2",
        ])
        #expect(later["osm.osmController.podLabels"] == ["a": 1, "b": 2])
        #expect(later["osm.enableEgress"] == true)
        #expect(later.given["osm.trustDomain"] == nil && later.takenBack == ["osm.trustDomain"])
        #expect(later["osm.image.tag"] == "2")
        let data = try JSONEncoder().encode(before.withoutSecrets)
        #expect(!String(decoding: data, as: UTF8.self).contains("s.secret"))
        let read = try JSONDecoder().decode(InstallationValues.self, from: data)
        #expect(read == before.withoutSecrets)
        #expect(read["osm.vault.secret.name"] == "osm-vault-token")
    }

    @Test(
        "are refused with their name and what to write",
        arguments: [
            ("osm.enableEgres=true", "there is no value osm.enableEgres"),
            ("enableEgress=true", "did you mean osm.enableEgress?"),
            ("osm.image=x", "osm.image is a group of values: set one of osm.image.digest.osmBootstrap"),
            ("osm.enableEgress=yes", "osm.enableEgress=yes: write true or false"),
            ("osm.osmController.replicaCount=0", "write a whole number from 1 to 100"),
            ("osm.osmController.replicaCount=two", "write a whole number from 1 to 100"),
            ("osm.osmController.lazyAbove=-1", "write a whole number from 0 to 1000000, or never"),
            ("osm.fluentBit.name.x=1", "osm.fluentBit.name.x cannot be set: the controller writes JSON"),
            ("osm.fluentBit.colour=1", "there is no value osm.fluentBit.colour"),
            ("osm.image.pullPolicy=Sometimes", "write one of Always, IfNotPresent, Never"),
            ("osm.inboundPortExclusionList={80,70000}", "osm.inboundPortExclusionList=70000: write a whole number"),
            ("osm.imagePullSecrets={a}", "write its members one by one, such as osm.imagePullSecrets[0].MEMBER=VALUE"),
            ("osm.trustDomain.x=y", "osm.trustDomain is a text"),
            ("osm.fluentBit.tag=1.6", "osm.fluentBit.tag cannot be set: the controller writes JSON"),
            ("osm.osmController.podLabels[0]=x", "osm.osmController.podLabels is an object"),
        ])
    func refusal(expression: String, reason: String) throws {
        var values = try InstallationValues(["osm.image.tag=1"])
        let before = values
        let error = #expect(throws: InstallationError.self) { try values.set("osm.image.tag=2,\(expression)") }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(values == before, "of an argument with a mistake nothing is taken")
    }

    @Test("that cannot hold are refused by name with the reason, but for what holds anyway", arguments: ValueKey.all)
    func unsupported(key: ValueKey) throws {
        guard case .refused(let reason) = key.use else { return }
        #expect(reason.count > 20)
        let error = #expect(throws: InstallationError.self) { try InstallationValues([key.sample]) }
        #expect(error?.description.contains("\(key.path)") == true && error?.description.contains(reason) == true)
        // Objects and lists are initially empty, which can be said only by taking all back.
        guard ![.object, .list].contains(key.kind) else { return }
        #expect(try InstallationValues(["\(key.path)=\(key.initial.written)"]).notes == [])
    }

    @Test("that hold anyway are taken with a word about it")
    func fulfilled() throws {
        let notes = try InstallationValues(["osm.enableReconciler=true,osm.featureFlags.enableSPIFFE=false"]).notes
        #expect(notes.count == 1 && notes[0].hasPrefix("osm.enableReconciler changes nothing: "))
    }
}

extension ValueKey {
    /// An argument of `--set` that gives it another value than the initial one.
    var sample: String {
        switch kind {
        case .boolean: "\(path)=\(initial == false)"
        case .integer(let bounds): "\(path)=\(bounds.first { .integer($0) != initial } ?? 0)"
        case .limit(_, let none): "\(path)=\(none)"
        case .text: "\(path)=other"
        case .word(let words): "\(path)=\(words.first { .string($0) != initial } ?? "")"
        case .texts: "\(path)={one,two}"
        case .integers(let bounds): "\(path)={\(bounds.upperBound)}"
        case .list: "\(path)[0].name=other"
        case .object: "\(path).other=word"
        }
    }
}
