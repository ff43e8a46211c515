import Foundation
import Injector
import MeshModel
import Testing

@Suite("The redirection script as a program", .serialized)
struct RedirectionRepetitionTests {
    private func everything() throws -> RedirectionRules {
        RedirectionRules(
            settings: RedirectionSettings(
                excludedOutboundPorts: PodNetwork.manyPorts, excludedInboundPorts: [6379],
                excludedOutboundRanges: [try #require(IPRange("10.0.0.0/8")), try #require(IPRange("fd00::/8"))],
                includedOutboundRanges: [try #require(IPRange("198.51.100.0/24"))],
                excludedInterfaces: [try #require(NetworkInterface("net1"))], reachesApplicationAtPodIP: true))
    }

    @Test("Running it again leaves the same rules, and no rule twice")
    func repetition() throws {
        try PodNetwork.with { network in
            try network.install(try everything())
            let once = [try network.rules("iptables"), try network.rules("ip6tables")]
            for _ in 1...2 { try network.install(try everything()) }
            #expect([try network.rules("iptables"), try network.rules("ip6tables")] == once)
            for rules in once { #expect(Set(rules).count == rules.count) }
        }
    }

    @Test("It repairs rules of which some are gone and keeps those of others")
    func repair() throws {
        try PodNetwork.with { network in
            try network.install(try everything())
            let once = try network.rules("iptables")
            let damage = """
                set -e
                iptables -t nat -D PREROUTING -p tcp -j OSM_PROXY_INBOUND
                iptables -t nat -F OSM_PROXY_OUTBOUND
                iptables -t nat -A POSTROUTING -p udp -j ACCEPT
                """
            #expect(try network.runInPod(script: damage).status == 0)
            #expect(try network.rules("iptables") != once)
            try network.install(try everything())
            let foreign = "-A POSTROUTING -p udp -j ACCEPT"
            let repaired = try network.rules("iptables")
            #expect(repaired.contains(foreign))
            #expect(repaired.filter { $0 != foreign }.sorted() == once.sorted())
        }
    }

    @Test("The restore inputs by themselves make the same rules as the script")
    func restoreInputs() throws {
        let rules = RedirectionRules(settings: RedirectionSettings(excludedInboundPorts: PodNetwork.manyPorts))
        var byScript: [[String]] = []
        try PodNetwork.with { network in
            try network.install(rules)
            byScript = [try network.rules("iptables"), try network.rules("ip6tables")]
        }
        try PodNetwork.with { network in
            let script = """
                set -e
                iptables-restore --noflush <<'EOF'
                \(rules.iptablesScript)EOF
                ip6tables-restore --noflush <<'EOF'
                \(try #require(rules.ip6tablesScript))EOF
                """
            #expect(try network.runInPod(script: script).status == 0)
            #expect([try network.rules("iptables"), try network.rules("ip6tables")] == byScript)
        }
        #expect(byScript.allSatisfy { $0.contains("-A PREROUTING -p tcp -j OSM_PROXY_INBOUND") })
    }

    @Test(
        "Without working IPv6 rules it fails where IPv6 would bypass the sidecar, and only there",
        arguments: [true, false])
    func brokenIPv6(hasIPv6: Bool) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "injector-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let broken = directory.appending(path: "ip6tables")
        try "#!/bin/sh\nexit 3\n".write(to: broken, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: broken.path())
        let path = "\(directory.path()):/usr/sbin:/usr/bin:/sbin:/bin"
        try PodNetwork.with(hasIPv6: hasIPv6) { network in
            let script = RedirectionRules(settings: RedirectionSettings()).shellScript
            let outcome = try network.runInPod(script: script, environment: ["PATH": path])
            #expect((outcome.status == 0) == !hasIPv6)
            #expect(outcome.errors.contains("would bypass the sidecar") == hasIPv6)
            #expect(try network.rules("iptables").contains("-A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND"))
        }
    }

    @Test("IPv6 is left alone if the settings say so")
    func withoutIPv6() throws {
        let rules = RedirectionRules(settings: RedirectionSettings(redirectsIPv6: false))
        #expect(rules.ip6tablesScript == nil)
        #expect(!rules.shellScript.contains("ip6tables"))
        try PodNetwork.with { network in
            try network.install(rules)
            let answers = try network.answers(to: ["\(PodNetwork.otherAddress6) 8080"], from: .pod)
            #expect(answers.first?.hasPrefix("remote") == true)
        }
    }
}
