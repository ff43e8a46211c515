import Injector
import MeshModel
import Testing

@Suite("Redirection settings as written")
struct RedirectionParsingTests {
    @Test("The mesh's lists and the pod's are merged in the original's order, without duplicates")
    func merging() throws {
        let (settings, problems) = RedirectionSettings.reading(
            mesh: MeshRedirectionLists(
                outboundPorts: [5432, 3306], inboundPorts: [22], excludedRanges: ["10.0.0.0/8"],
                includedRanges: ["fd00::/8"], interfaces: ["eth1", "net+", "eth1"]),
            podAnnotations: [
                RedirectionAnnotations.excludedOutboundPorts: "6379, 5432 ,\t1",
                RedirectionAnnotations.excludedInboundPorts: "65535",
                RedirectionAnnotations.excludedOutboundRanges: "192.0.2.0/24,10.0.0.0/8",
                RedirectionAnnotations.includedOutboundRanges: "FD00:0::/8 , 0.0.0.0/0",
                "other": "x",
            ], reachesApplicationAtPodIP: true)
        #expect(problems == [])
        #expect(
            settings
                == RedirectionSettings(
                    excludedOutboundPorts: [5432, 3306, 6379, 1], excludedInboundPorts: [22, 65535],
                    excludedOutboundRanges: try ["192.0.2.0/24", "10.0.0.0/8"].map { try #require(IPRange($0)) },
                    includedOutboundRanges: try ["fd00::/8", "0.0.0.0/0"].map { try #require(IPRange($0)) },
                    excludedInterfaces: try ["eth1", "net+"].map { try #require(NetworkInterface($0)) },
                    reachesApplicationAtPodIP: true))
    }

    @Test(
        "A wrong annotation is one problem per entry, and the good entries stay",
        arguments: [
            ("", [""]), (" ", [""]), ("0", ["`0`"]), ("65536", ["`65536`"]), ("+1", ["`+1`"]), ("-1", ["`-1`"]),
            ("80,", ["``"]), ("80,x,90,1-2", ["`x`", "`1-2`"]), ("99999999999999999999", ["`99999999999999999999`"]),
        ])
    func ports(text: String, wrong: [String]) {
        let annotation = RedirectionAnnotations.excludedInboundPorts
        let (settings, problems) = RedirectionSettings.reading(
            mesh: MeshRedirectionLists(), podAnnotations: [annotation: text])
        #expect(problems.map(\.path) == wrong.map { _ in "metadata.annotations[\(annotation)]" })
        for (problem, entry) in zip(problems, wrong) {
            #expect(problem.message.hasPrefix(entry.isEmpty ? "is empty" : entry))
            #expect(problem.message.hasSuffix("a port from 1 to 65535"))
        }
        #expect(
            settings.excludedInboundPorts == text.split(separator: ",").compactMap { UInt16($0) == 0 ? nil : good($0) })
    }

    @Test("A wrong entry of the mesh's lists is named by its field and place")
    func meshProblems() {
        let (_, problems) = RedirectionSettings.reading(
            mesh: MeshRedirectionLists(
                outboundPorts: [1, 0], inboundPorts: [70000], excludedRanges: ["10.0.0.1"], includedRanges: ["x/8"],
                interfaces: ["eth0; reboot"]),
            podAnnotations: [RedirectionAnnotations.includedOutboundRanges: "10.0.0.0/33"])
        #expect(
            problems.map(\.path) == [
                "spec.traffic.outboundPortExclusionList[1]", "spec.traffic.inboundPortExclusionList[0]",
                "spec.traffic.outboundIPRangeExclusionList[0]", "spec.traffic.outboundIPRangeInclusionList[0]",
                "spec.traffic.networkInterfaceExclusionList[0]",
                "metadata.annotations[\(RedirectionAnnotations.includedOutboundRanges)]",
            ])
    }

    @Test(
        "What is no range, no range is",
        arguments: [
            "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
            "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "fd00::/129", "::1", "10.0.0.0/8 ", "host/8",
        ])
    func notRanges(text: String) {
        #expect(IPRange(text) == nil)
    }

    @Test(
        "Only names that need no quoting name an interface",
        arguments: [
            ("eth0", true), ("veth+", true), ("br-1.2", true), ("a_b:c@d", true), ("123456789012345", true),
            ("1234567890123456", false), ("", false), ("+", false), ("-i", false), ("a b", false), ("a$b", false),
            ("a`b", false), ("a+b", false), ("a/b", false), ("a\nb", false), ("é", false),
        ])
    func interfaces(name: String, isValid: Bool) {
        #expect((NetworkInterface(name) != nil) == isValid)
    }

    private func good(_ entry: Substring) -> UInt16? {
        entry.allSatisfy(\.isNumber) ? UInt16(entry) : nil
    }
}
