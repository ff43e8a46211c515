import Injector
import MeshModel
import Testing

@Suite("Redirection in a network namespace", .serialized)
struct RedirectionBehaviourTests {
    private let sidecarPorts = [15010, 15901, 15902, 15903, 15904]

    private func range(_ text: String) throws -> IPRange { try #require(IPRange(text)) }

    @Test("An application's connections go to the outbound port and keep their destination")
    func outbound() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings()))
            let places = [
                "\(PodNetwork.otherAddress) 8080", "\(PodNetwork.secondAddress) 8080",
                "\(PodNetwork.distantAddresses[0]) 9", "\(PodNetwork.otherAddress6) 8080",
                "\(PodNetwork.distantAddress6) 8080",
            ]
            #expect(try network.answers(to: places, from: .pod) == places.map { "outbound \($0)" })
        }
    }

    @Test("Envoy's own connections, the loopback address and the pod's own address are left alone")
    func untouched() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings()))
            let remote = ["\(PodNetwork.otherAddress) 8080", "\(PodNetwork.otherAddress6) 8080"]
            let envoys = try network.answers(to: remote, from: .pod, user: ProxyPorts.userID)
            #expect(envoys.map(label) == ["remote", "remote"])
            let local = ["127.0.0.1 9000", "::1 9000"]
            let own = ["\(PodNetwork.podAddress) 9000", "\(PodNetwork.podAddress6) 9000"]
            #expect(
                try network.answers(to: local + own, from: .pod).map(label) == Array(repeating: "application", count: 4)
            )
            let loopback = try network.answers(to: local, from: .pod, user: ProxyPorts.userID)
            #expect(loopback.map(label) == ["application", "application"])
        }
    }

    @Test("Envoy calling its own pod goes through the inbound port")
    func hairpin() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings()))
            let own = ["\(PodNetwork.podAddress) 9000", "\(PodNetwork.podAddress6) 9000"]
            let answers = try network.answers(to: own, from: .pod, user: ProxyPorts.userID)
            #expect(answers == own.map { "inbound \($0)" })
        }
    }

    @Test("Connections to the pod go to the inbound port, those to the sidecar's own ports do not")
    func inbound() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings()))
            for address in [PodNetwork.podAddress, PodNetwork.podAddress6] {
                let application = ["\(address) 9000", "\(address) 4"]
                #expect(try network.answers(to: application, from: .other) == application.map { "inbound \($0)" })
                let sidecar = try network.answers(to: sidecarPorts.map { "\(address) \($0)" }, from: .other)
                #expect(sidecar.map(label) == sidecarPorts.map { _ in "sidecar" })
            }
        }
    }

    @Test("The ports of another pod's sidecar are called directly")
    func exemptPorts() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings()))
            for address in [PodNetwork.otherAddress, PodNetwork.otherAddress6] {
                let places = ([15003] + sidecarPorts).map { "\(address) \($0)" }
                let answers = try network.answers(to: places, from: .pod)
                #expect(answers.map(label) == places.map { _ in "remote" })
            }
        }
    }

    @Test("Excluded ports, more than one match takes, are left alone in both directions")
    func manyPorts() throws {
        let ports = PodNetwork.manyPorts
        let settings = RedirectionSettings(excludedOutboundPorts: ports, excludedInboundPorts: ports)
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: settings))
            let out = try network.answers(to: ports.map { "\(PodNetwork.otherAddress) \($0)" }, from: .pod)
            #expect(out.map(label) == ports.map { _ in "remote" })
            let into = try network.answers(to: ports.map { "\(PodNetwork.podAddress6) \($0)" }, from: .other)
            #expect(into.map(label) == ports.map { _ in "application" })
            let others = ["\(PodNetwork.otherAddress) 8080", "\(PodNetwork.otherAddress6) 7036"]
            #expect(try network.answers(to: others, from: .pod).map(label) == ["outbound", "outbound"])
        }
    }

    @Test("Excluded interfaces and ranges are left alone")
    func exclusions() throws {
        let settings = RedirectionSettings(
            excludedOutboundRanges: [try range("198.51.100.0/24"), try range("2001:db8::/32")],
            excludedInterfaces: [try #require(NetworkInterface("net+"))])
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: settings))
            let places = [
                "\(PodNetwork.distantAddresses[0]) 8080", "\(PodNetwork.distantAddress6) 8080",
                "\(PodNetwork.secondAddress) 8080", "\(PodNetwork.distantAddresses[1]) 8080",
                "\(PodNetwork.otherAddress6) 8080",
            ]
            let answers = try network.answers(to: places, from: .pod)
            #expect(answers.map(label) == ["remote", "remote", "remote", "outbound", "outbound"])
            #expect(try network.answers(to: ["10.202.0.2 9000"], from: .other).map(label) == ["application"])
        }
    }

    @Test("Only included ranges are redirected, and an exclusion beats them")
    func inclusions() throws {
        let settings = RedirectionSettings(
            excludedOutboundRanges: [try range("203.0.113.0/24")],
            includedOutboundRanges: [try range("198.51.100.0/24"), try range("203.0.0.0/8")])
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: settings))
            let places = [
                "\(PodNetwork.distantAddresses[0]) 8080", "\(PodNetwork.distantAddresses[1]) 8080",
                "\(PodNetwork.otherAddress) 8080", "\(PodNetwork.otherAddress6) 8080",
            ]
            let answers = try network.answers(to: places, from: .pod)
            #expect(answers.map(label) == ["outbound", "remote", "remote", "remote"])
        }
    }

    @Test("With local proxy mode PodIP Envoy reaches an application that listens at the pod's address only")
    func podIP() throws {
        try PodNetwork.with { network in
            try network.install(RedirectionRules(settings: RedirectionSettings(reachesApplicationAtPodIP: true)))
            let places = ["127.0.0.1 9100", "127.0.0.1 15000"]
            let envoys = try network.answers(to: places, from: .pod, user: ProxyPorts.userID)
            #expect(envoys.map(label) == ["pod-address-only", "admin"])
            #expect(try network.answers(to: ["127.0.0.1 9100"], from: .pod) == ["refused"])
        }
    }

    @Test("Local proxy mode PodIP works at an IPv6 address, and needs an address")
    func podIPv6() throws {
        let rules = RedirectionRules(settings: RedirectionSettings(reachesApplicationAtPodIP: true))
        try PodNetwork.with { network in
            let outcome = try network.runInPod(script: rules.shellScript)
            #expect(outcome.status != 0)
            #expect(outcome.errors.contains("POD_IP"))
            try network.install(rules, podIP: PodNetwork.podAddress6)
            #expect(try network.rules("iptables").filter { $0.contains("DNAT") } == [])
            #expect(try network.rules("ip6tables").filter { $0.contains("DNAT") }.count == 1)
            #expect(try network.answers(to: ["::1 9000"], from: .pod, user: 1500).map(label) == ["application"])
        }
    }

    private func label(_ answer: String) -> String { answer.split(separator: " ").first.map(String.init) ?? "" }
}
