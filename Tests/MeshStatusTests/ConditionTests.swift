import Foundation
import MeshModel
import PolicyCompiler
import Testing
import XDSCache

@testable import MeshStatus

@Suite("The conditions of an object")
struct ConditionTests {
    /// What the mesh says of an object, and the conditions that follow, all pods having acknowledged everything.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var problems: [Problem] = []
        var diagnosis = Diagnosis()
        let lines: [String]
    }

    private static let missing = Problem(path: "spec.sources", message: "is empty")
    private static let kind = Problem(path: "spec.rules[0].kind", message: "`X` has no meaning here")
    private static let older = Problem(path: "spec.service", message: "the older TrafficSplit holds it")

    private static let cases = [
        Case(
            testDescription: "valid",
            lines: [
                "Accepted=True Accepted: the object is valid",
                "ResolvedRefs=True ResolvedRefs: everything that the object names is there",
                "Programmed=True Programmed: 3/3 proxies", "Ready=True Ready: 3/3 proxies",
            ]),
        Case(
            testDescription: "invalid: every problem with its path", problems: [missing, kind],
            diagnosis: Diagnosis(refusals: [missing, kind]),
            lines: [
                "Accepted=False Invalid: spec.sources: is empty; spec.rules[0].kind: `X` has no meaning here",
                "ResolvedRefs=Unknown NotAccepted: what an object names is looked at once it is accepted",
                "Programmed=False NotAccepted: the object is not accepted, so it is not in effect",
                "Ready=False Invalid: spec.sources: is empty; spec.rules[0].kind: `X` has no meaning here",
                "Stalled=True Invalid: spec.sources: is empty; spec.rules[0].kind: `X` has no meaning here",
            ]),
        Case(
            testDescription: "shadowed by an older one", diagnosis: Diagnosis(refusals: [older]),
            lines: [
                "Accepted=False Conflicted: spec.service: the older TrafficSplit holds it",
                "ResolvedRefs=Unknown NotAccepted: what an object names is looked at once it is accepted",
                "Programmed=False NotAccepted: the object is not accepted, so it is not in effect",
                "Ready=False Conflicted: spec.service: the older TrafficSplit holds it",
                "Stalled=True Conflicted: spec.service: the older TrafficSplit holds it",
            ]),
        Case(
            testDescription: "naming what is not there",
            diagnosis: Diagnosis(unresolved: [Problem(path: "spec.backends[1].service", message: "there is none")]),
            lines: [
                "Accepted=True Accepted: the object is valid",
                "ResolvedRefs=False RefNotFound: spec.backends[1].service: there is none",
                "Programmed=True Programmed: 3/3 proxies",
                "Ready=False RefNotFound: spec.backends[1].service: there is none",
                "Stalled=True RefNotFound: spec.backends[1].service: there is none",
            ]),
        Case(
            testDescription: "naming what has no meaning",
            diagnosis: Diagnosis(unresolved: [Problem(path: "spec.rules[0].kind", message: "UDP is left alone")]),
            lines: [
                "Accepted=True Accepted: the object is valid",
                "ResolvedRefs=False RefNotUsable: spec.rules[0].kind: UDP is left alone",
                "Programmed=True Programmed: 3/3 proxies",
                "Ready=False RefNotUsable: spec.rules[0].kind: UDP is left alone",
                "Stalled=True RefNotUsable: spec.rules[0].kind: UDP is left alone",
            ]),
    ]

    @Test("say what is wrong, and which of them hold", arguments: cases)
    func table(row: Case) throws {
        var mesh = SmallMesh()
        mesh.publish(
            StatusChange(
                objects: [SmallMesh.targetSet(generation: 7, problems: row.problems)],
                diagnoses: [SmallMesh.target: row.diagnosis]))
        mesh.acknowledgeAll()
        let found = mesh.status(of: SmallMesh.target)
        let status = try #require(found)
        #expect(status.conditions.map(\.type).compactMap { status.line($0) } == row.lines)
        #expect(status.generation == 7)
        #expect(status.conditions.allSatisfy { $0.observedGeneration == 7 })
        #expect(status.apiVersion == "access.smi-spec.io/v1alpha3")
    }

    @Test("tell the first problems of many, and the beginning of a long one")
    func manyProblems() throws {
        var mesh = SmallMesh()
        let long = Problem(path: "spec.long", message: String(repeating: "x", count: 100_000))
        let problems = [long] + (0..<500).map { Problem(path: "spec.list[\($0)]", message: "is wrong") }
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 7, problems: problems)]))
        let message = try #require(mesh.status(of: SmallMesh.target)?[.accepted]?.message)
        #expect(message.count < 2_000)
        #expect(message.hasPrefix("spec.long: xxx"))
        #expect(message.contains("spec.list[8]: is wrong; and 491 more"))
    }

    @Test("are reconciling while proxies are behind, and not stalled; the other way round with a user's mistake")
    func progress() {
        var mesh = SmallMesh()
        #expect(mesh.status(of: SmallMesh.target)?[.reconciling]?.status == .yes)
        #expect(mesh.status(of: SmallMesh.target)?[.stalled] == nil)
        mesh.publish(
            StatusChange(diagnoses: [
                SmallMesh.target: Diagnosis(unresolved: [Problem(path: "spec.rules[0].name", message: "is missing")])
            ]))
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.reason == .pending)
        #expect(mesh.status(of: SmallMesh.target)?[.reconciling] == nil)
        #expect(mesh.status(of: SmallMesh.target)?[.stalled]?.reason == .refNotFound)
    }

    @Test("keep the time of their last transition while their status stays what it is")
    func transitions() {
        var mesh = SmallMesh()
        let start = mesh.now
        func time(_ kind: Condition.Kind) -> Int64? {
            mesh.status(of: SmallMesh.target)?[kind].map { $0.lastTransitionTime.seconds - start.seconds }
        }
        #expect(time(.programmed) == 0)
        mesh.now = Timestamp(seconds: start.seconds + 10)
        mesh.acknowledge(["server"])
        #expect(time(.programmed) == 0)
        #expect(time(.reconciling) == 0)
        mesh.acknowledgeAll()
        #expect(time(.programmed) == 10)
        #expect(time(.ready) == 10)
        #expect(time(.accepted) == 0)
        mesh.now = Timestamp(seconds: start.seconds + 20)
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 2)]))
        mesh.acknowledgeAll()
        // Nobody saw it false meanwhile.
        #expect(time(.programmed) == 10)
        #expect(time(.accepted) == 0)
        mesh.progress[SmallMesh.proxy("server")] = ProxyProgress(since: mesh.now)
        #expect(time(.programmed) == 20)
        #expect(time(.ready) == 20)
        #expect(time(.reconciling) == 20)
    }

    @Test("are gone with the object, and begin anew with another of its name")
    func removal() {
        var mesh = SmallMesh()
        mesh.acknowledgeAll()
        mesh.publish(
            StatusChange(
                objects: [.trafficTarget(SmallMesh.target.name, nil)], diagnoses: [SmallMesh.target: nil]))
        #expect(mesh.status(of: SmallMesh.target) == nil)
        mesh.now = Timestamp(seconds: mesh.now.seconds + 5)
        mesh.publish(StatusChange(objects: [SmallMesh.targetSet(generation: 1)]))
        #expect(mesh.status(of: SmallMesh.target)?[.accepted]?.lastTransitionTime == mesh.now)
        #expect(mesh.status(of: SmallMesh.target)?[.programmed]?.status == .no)
    }

    @Test("name three pods and count the rest")
    func manyPods() {
        var mesh = SmallMesh()
        let more = (1...5).map { "pod-\($0)" }
        mesh.publish(
            StatusChange(
                views: SmallMesh.views(more),
                deciders: Dictionary(uniqueKeysWithValues: more.map { (SmallMesh.reach($0), [SmallMesh.target]) })))
        for name in more { mesh.progress[SmallMesh.proxy(name)] = ProxyProgress() }
        mesh.acknowledge(SmallMesh.clients + ["server"])
        #expect(
            mesh.status(of: SmallMesh.target)?[.programmed]?.message
                == "3/8 proxies: shop/pod-1 not connected, shop/pod-2 not connected, shop/pod-3 not connected, and 2 more"
        )
    }
}

@Suite("A report")
struct ReportTests {
    @Test("is the same after it was written and read, and lists objects and proxies in order")
    func coding() throws {
        var mesh = SmallMesh()
        mesh.acknowledge(["server"], refusals: [SmallMesh.refusal(isAlone: true)])
        let report = mesh.table.report(mesh.progress, at: mesh.now)
        #expect(try JSONDecoder().decode(StatusReport.self, from: JSONEncoder().encode(report)) == report)
        #expect(report.revision == 1)
        #expect(
            report.objects.map { "\($0.kind) \($0.namespace)/\($0.name)" } == [
                "HTTPRouteGroup shop/group", "TrafficTarget shop/target",
            ])
        #expect(report.proxies.map(\.pod) == ["shop/client-a", "shop/client-b", "shop/server"])
        #expect(report.proxies.map(\.acknowledged) == [0, 0, 1])
        #expect(report.proxies.map(\.connected) == [false, false, true])
        #expect(report.proxies.last?.refusals.map(\.resource) == ["Listener inbound-listener"])
    }

    @Test(
        "writes times as Kubernetes does",
        arguments: [
            "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2000-02-29T12:34:56Z", "2026-01-31T12:00:00Z",
            "2100-03-01T00:00:00Z", "0001-01-01T00:00:00Z",
        ])
    func times(text: String) throws {
        #expect(try #require(Timestamp(rfc3339: text)).rfc3339 == text)
    }

    @Test("reads back every time that it writes")
    func everyDay() {
        var compared = 0
        // From the year 1 to the year 4100.
        for day in stride(from: Int64(-719_000), to: 780_000, by: 97) {
            let moment = Timestamp(seconds: day * 86_400 + day % 86_400)
            #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
            compared += 1
        }
        #expect(compared > 10_000)
    }
}
