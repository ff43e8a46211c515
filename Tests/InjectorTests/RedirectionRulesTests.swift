import Injector
import MeshModel
import Testing

@Suite("Redirection rules as text")
struct RedirectionRulesTests {
    private static let unset = """
        *nat
        :OSM_PROXY_INBOUND - [0:0]
        :OSM_PROXY_IN_REDIRECT - [0:0]
        :OSM_PROXY_OUTBOUND - [0:0]
        :OSM_PROXY_OUT_REDIRECT - [0:0]
        -A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
        -A OSM_PROXY_INBOUND -p tcp --dport 15010 -j RETURN
        -A OSM_PROXY_INBOUND -p tcp --dport 15901 -j RETURN
        -A OSM_PROXY_INBOUND -p tcp --dport 15902 -j RETURN
        -A OSM_PROXY_INBOUND -p tcp --dport 15903 -j RETURN
        -A OSM_PROXY_INBOUND -p tcp --dport 15904 -j RETURN
        -A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT
        -A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
        -A OSM_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j OSM_PROXY_IN_REDIRECT
        -A OSM_PROXY_OUTBOUND -o lo -m owner ! --uid-owner 1500 -j RETURN
        -A OSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN
        -A OSM_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN
        -A OSM_PROXY_OUTBOUND -p tcp --match multiport --dports 15003,15010,15901,15902,15903,15904 -j RETURN
        -A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT
        -A PREROUTING -p tcp -j OSM_PROXY_INBOUND
        -A OUTPUT -p tcp -j OSM_PROXY_OUTBOUND
        COMMIT

        """

    @Test("Without settings they are the original's, less its dead rule, plus the ports of other sidecars")
    func unset() {
        let rules = RedirectionRules(settings: RedirectionSettings())
        #expect(rules.iptablesScript == RedirectionRulesTests.unset)
        #expect(
            rules.ip6tablesScript == RedirectionRulesTests.unset.replacing("127.0.0.1/32", with: "::1/128"))
    }

    @Test("Each family has its own ranges, exclusions before inclusions")
    func ranges() throws {
        let settings = RedirectionSettings(
            excludedOutboundPorts: [5432],
            excludedOutboundRanges: [try #require(IPRange("10.1.0.0/16")), try #require(IPRange("fd01::/16"))],
            includedOutboundRanges: [try #require(IPRange("10.0.0.0/8"))],
            excludedInterfaces: [try #require(NetworkInterface("eth1"))])
        let rules = RedirectionRules(settings: settings)
        #expect(
            tail(rules.iptablesScript) == [
                "-o eth1 -j RETURN", "-d 10.1.0.0/16 -j RETURN", "-p tcp --match multiport --dports 5432 -j RETURN",
                "-d 10.0.0.0/8 -j OSM_PROXY_OUT_REDIRECT", "-j RETURN",
            ])
        #expect(
            tail(try #require(rules.ip6tablesScript)) == [
                "-o eth1 -j RETURN", "-d fd01::/16 -j RETURN", "-p tcp --match multiport --dports 5432 -j RETURN",
                "-j RETURN",
            ])
    }

    @Test(
        "A match holds at most 15 ports",
        arguments: [(0, []), (1, [1]), (15, [15]), (16, [15, 1]), (31, [15, 15, 1])])
    func chunks(count: Int, sizes: [Int]) {
        let settings = RedirectionSettings(excludedInboundPorts: Array(1..<UInt16(count + 1)))
        let lines = RedirectionRules(settings: settings).iptablesScript.split(separator: "\n")
        let matches = lines.filter { $0.hasPrefix("-A OSM_PROXY_INBOUND") && $0.contains("multiport") }
        #expect(matches.map { $0.split(separator: ",").count } == sizes)
    }

    @Test("Local proxy mode PodIP sends Envoy's calls to the pod's address before all else, save those to itself")
    func podIP() {
        let script = RedirectionRules(settings: RedirectionSettings(reachesApplicationAtPodIP: true)).iptablesScript
        #expect(
            script.hasSuffix(
                """
                -I OUTPUT -p tcp -o lo -d 127.0.0.1/32 ! --dport 15000 -m owner --uid-owner 1500 \
                -j DNAT --to-destination $POD_IP
                COMMIT

                """))
    }

    /// The rules of the outbound chain after the fixed ones.
    private func tail(_ script: String) -> [String] {
        script.split(separator: "\n").filter { $0.hasPrefix("-A OSM_PROXY_OUTBOUND ") }.dropFirst(5)
            .map { String($0.dropFirst("-A OSM_PROXY_OUTBOUND ".count)) }
    }
}
