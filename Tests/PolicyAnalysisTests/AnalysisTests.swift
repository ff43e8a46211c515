import Foundation
import ManifestSource
import MeshModel
import PolicyAnalysis
import Testing

@Suite("The analysis of manifests")
struct AnalysisTests {
    private func findings(_ text: String) throws -> [Finding] {
        ManifestCase.analysis([try ManifestCase.file("base"), ManifestFile(name: "case.yaml", text: text)]).findings
    }

    @Test("has nothing to say about manifests without a mistake")
    func clean() throws {
        let analysis = ManifestCase.analysis([try ManifestCase.file("base")])
        #expect(analysis.findings.map(\.text) == [])
        #expect(analysis.worst == nil)
        #expect(analysis.summary.hasSuffix(" objects: nothing found"))
    }

    @Test("tells each difference from the original where it makes one", arguments: ManifestCase.names)
    func differences(name: String) throws {
        let url = ManifestCase.directory.appending(path: "Differences/\(name).yaml")
        let expected = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("# expect: ") }.map { $0.dropFirst("# expect: ".count).trimmingPrefix(" ") }
        // Some cases replace an object of the base: the first by the file's name holds.
        let text = try String(contentsOf: url, encoding: .utf8)
        let files = [try ManifestCase.file("base"), ManifestFile(name: "a-case.yaml", text: text)]
        let found = ManifestCase.analysis(files).findings.filter { $0.rule.id == "original/\(name)" }
        #expect(Set(found.map { "\($0.subject) \($0.path)" }) == Set(expected.map { String($0) }))
        for finding in found {
            #expect(finding.severity == .note)
            #expect(finding.location != nil)
        }
    }

    @Test("has a case for each difference, and each is a line of the page")
    func page() throws {
        let ids = OriginalDifference.all.map(\.rule.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids.sorted() == ManifestCase.names.map { "original/\($0)" })
        let root = ManifestCase.directory.deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appending(
                path: "Sources/osm-controller/Documentation.docc/DifferencesFromTheOriginal.md"), encoding: .utf8)
        let lines = page.split(separator: "\n")
        for difference in OriginalDifference.all {
            let matching = lines.filter { $0.hasPrefix("- \(difference.rule.summary)") }
            #expect(matching.count == 1, "\(difference.rule.summary)")
        }
    }

    /// What each rule of the analysis itself finds, where.
    private static let own: [(rule: FindingRule, text: String, expected: String)] = [
        (.unreadable, "a: [", " "),
        (
            .remark, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: shop}\n",
            "ConfigMap "
        ),
        (
            .invalid,
            "apiVersion: specs.smi-spec.io/v1alpha4\nkind: TCPRoute\nmetadata: {name: r, namespace: shop}\n"
                + "spec: {matches: {ports: [0]}}\n", "TCPRoute shop/r spec.matches.ports[0]"
        ),
        (
            .conflict,
            split("a", "[{service: store, weight: 1}]") + "---\n" + split("b", "[{service: store, weight: 1}]"),
            "TrafficSplit shop/b spec.service"
        ),
        (
            .unresolved, split("a", "[{service: missing, weight: 1}]"),
            "TrafficSplit shop/a spec.backends[0].service"
        ),
        (
            .outside,
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n---\napiVersion: specs.smi-spec.io/v1alpha4\n"
                + "kind: TCPRoute\nmetadata: {name: r, namespace: other}\nspec: {}\n", "TCPRoute other/r "
        ),
        (
            .unused,
            "apiVersion: specs.smi-spec.io/v1alpha4\nkind: TCPRoute\nmetadata: {name: r, namespace: shop}\nspec: {}\n",
            "TCPRoute shop/r "
        ),
        (
            .shadowed,
            """
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: twice, namespace: shop}
            spec:
              destination: {kind: ServiceAccount, name: store, namespace: shop}
              sources: [{kind: ServiceAccount, name: front, namespace: web}]
              rules: [{kind: HTTPRouteGroup, name: routes, matches: [books]}]

            """, "TrafficTarget shop/twice "
        ),
    ]

    @Test("tells policies of clients that have no pod, and Telemetries by which no proxy goes")
    func idlePolicies() throws {
        let text = """
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: Egress
            metadata: {name: out, namespace: web}
            spec:
              sources:
              - {kind: ServiceAccount, name: front, namespace: web}
              - {kind: ServiceAccount, name: idle, namespace: web}
              ports: [{number: 5432, protocol: tcp}]
            ---
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: Retry
            metadata: {name: again, namespace: web}
            spec:
              source: {kind: ServiceAccount, name: idle, namespace: web}
              destinations: [{kind: Service, name: store, namespace: shop}]
              retryPolicy: {retryOn: 5xx, numRetries: 1}
            ---
            \(Self.telemetry("of-store", "{app: store}"))
            \(Self.telemetry("of-nobody", "{app: nobody}"))
            \(Self.telemetry("of-all", "{}"))
            """
        let found = try findings(text)
        #expect(
            Set(found.filter { $0.rule == .unused }.map { "\($0.subject) \($0.path)" }) == [
                "Egress web/out spec.sources[1].name", "Retry web/again spec.source.name",
                "Telemetry shop/of-nobody spec.selector", "Telemetry shop/of-all spec.selector",
            ], "\(found.map(\.text))")
    }

    private static func telemetry(_ name: String, _ selector: String) -> String {
        """
        apiVersion: policy.openservicemesh.io/v1alpha1
        kind: Telemetry
        metadata: {name: \(name), namespace: shop}
        spec: {selector: \(selector), accessLog: {format: "%START_TIME%"}}
        ---

        """
    }

    private static func split(_ name: String, _ backends: String) -> String {
        """
        apiVersion: split.smi-spec.io/v1alpha4
        kind: TrafficSplit
        metadata: {name: \(name), namespace: shop}
        spec: {service: store, backends: \(backends)}

        """
    }

    @Test("finds what is wrong", arguments: own.indices)
    func rules(index: Int) throws {
        let (rule, text, expected) = Self.own[index]
        let found = try findings(text).filter { $0.rule == rule }
        #expect(found.contains { "\($0.subject) \($0.path)" == expected }, "\(found.map(\.text))")
        #expect(found.allSatisfy { $0.location?.file == "case.yaml" })
    }

    @Test("tells matches that others cover, unless somebody names only the lesser")
    func shadowedMatches() throws {
        func group(_ named: String, _ more: String) -> String {
            """
            apiVersion: specs.smi-spec.io/v1alpha4
            kind: HTTPRouteGroup
            metadata: {name: more, namespace: shop}
            spec:
              matches:
              - {name: all, methods: ["*"]}
              - {name: some, pathRegex: /a, methods: [GET]}
              \(more)
            ---
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: more, namespace: shop}
            spec:
              destination: {kind: ServiceAccount, name: store, namespace: shop}
              sources: [{kind: ServiceAccount, name: front, namespace: web}]
              rules: [{kind: HTTPRouteGroup, name: more, matches: \(named)}]

            """
        }
        func shadowed(_ named: String, _ more: String = "") throws -> [String] {
            try findings(group(named, more)).filter { $0.rule == .shadowed && $0.subject == "HTTPRouteGroup shop/more" }
                .map(\.path)
        }
        #expect(try shadowed("[all, some]") == ["spec.matches[1]"])
        // Of two spellings of every request one stays.
        #expect(
            try shadowed("[all, some, every]", "- {name: every, pathRegex: .*}") == [
                "spec.matches[1]", "spec.matches[2]",
            ])
        #expect(try shadowed("[some]") == [])
    }

    @Test("leaves out what is less bad than wanted")
    func severity() throws {
        let analysis = ManifestCase.analysis([
            try ManifestCase.file("base"), try ManifestCase.file("matches-omitted"),
            try ManifestCase.file("split-zero"),
        ])
        #expect(analysis.worst == .error)
        #expect(analysis.showing(.error).findings.allSatisfy { $0.severity == .error })
        #expect(analysis.showing(.note).findings == analysis.findings)
        #expect(analysis.showing(.error).findings.count < analysis.findings.count)
    }
}
