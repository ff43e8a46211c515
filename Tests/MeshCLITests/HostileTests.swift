import Foundation
import MeshStatus
import Testing

@testable import MeshCLI

@Suite("What osm says of pods that answer nonsense, or nothing", .timeLimit(.minutes(5)))
struct HostileTests {
    private static let question = ["proxy", "get", "config_dump", HostileServer.pod, "-n", "shop"]
    private static let complaint = "Error: asking port 15000 of pod shop/web: "

    /// A connection that goes wrong, and what is said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let conduct: HostileServer.Conduct
        /// What standard error holds.
        let words: String

        init(_ name: String, _ conduct: HostileServer.Conduct, _ words: String) {
            (testDescription, self.conduct, self.words) = (name, conduct, words)
        }

        init(_ name: String, sends bytes: [UInt8], _ words: String) {
            self.init(name, .forwarded { _ in bytes }, words)
        }
    }

    static let cases: [Case] = [
        Case("the server does not answer", .silent, "does not answer"),
        Case("the server speaks no HTTP", .refused("\u{0}\u{1}nonsense"), "the server ended the connection"),
        Case("the server's status is no number", .refused("HTTP/1.1 x y\r\n\r\n"), "portforward"),
        Case(
            "a chunk of the refusal is longer than any number can say",
            .refused("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nab\r\n0\r\n\r\n"),
            "portforward"),
        Case(
            "the length of the refusal is negative", .refused("HTTP/1.1 502 X\r\nContent-Length: -7\r\n\r\nbad"), "bad"),
        Case("nothing comes from the pod", sends: [], "it does not answer within 2.0 seconds"),
        Case(
            "the answer stops in the middle",
            sends: HostileServer.frame(3, Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".utf8)),
            "it does not answer within 2.0 seconds"),
        Case(
            "the answer ends in the middle",
            sends: HostileServer.frame(3, flags: 1, Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".utf8)),
            "it ended the connection without a whole answer"),
        Case("the pod ends at once", sends: HostileServer.frame(3, flags: 1), "it ended the connection"),
        Case(
            "the stream is broken off", sends: HostileServer.frame(0x8003_0003, [0, 0, 0, 3, 0, 0, 0, 1]), "it ended"),
        Case(
            "what is forwarded is no SPDY", sends: Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8),
            "the answer is not SPDY/3.1"),
        Case(
            "a control frame of 16 MB is announced", sends: HostileServer.frame(0x8003_0002, length: 0xFF_FFFF),
            "the answer is not SPDY/3.1"),
        Case(
            "a frame of a stream that nobody opened", sends: HostileServer.frame(77, [1, 2, 3]),
            "the answer is not SPDY/3.1"),
        Case(
            "16 MB of data are announced and do not come", sends: HostileServer.frame(3, length: 0xFF_FFFF, [72]),
            "it does not answer within 2.0 seconds"),
        Case(
            "the answer is not HTTP", sends: HostileServer.frame(3, Array("nonsense, nonsense\r\n\r\n".utf8)),
            "its answer is not HTTP"),
        Case(
            "the node says what is wrong",
            sends: HostileServer.frame(1, flags: 1, Array("connection\u{7} refused".utf8)), "connection  refused"),
    ]

    @Test("A forwarded connection that goes wrong is a failure that says why", arguments: cases)
    func connections(_ wrong: Case) async throws {
        let line = try await HostileServer.osm(Self.question, wrong.conduct)
        #expect(line.status == 1)
        #expect(line.out == "")
        #expect(line.error.hasPrefix(Self.complaint), "\(line.error)")
        #expect(line.error.contains(wrong.words), "\(line.error)")
        #expect(line.error.contains("kubectl get pod web -n shop"), "\(line.error)")
    }

    @Test("A missing right to forward ports is told by its name")
    func forbidden() async throws {
        let status =
            #"{"kind": "Status", "reason": "Forbidden", "message": "pods \"web\" is forbidden: no", "code": 403}"#
        let line = try await HostileServer.osm(
            Self.question, .refused("HTTP/1.1 403 Forbidden\r\nContent-Length: \(status.utf8.count)\r\n\r\n\(status)"))
        #expect(line.status == 1)
        #expect(line.error.contains("pods \"web\" is forbidden"))
        #expect(line.error.contains("Ask for the permission to create pods/portforward."))
    }

    @Test("A port of this host that is taken is named, and so is a file that cannot be written")
    func here() async throws {
        let taken = try await HostileServer.withPort { port in
            try await HostileServer.osm(Self.question + ["-p", "\(port)"], .silent)
        }
        #expect(taken.status == 1)
        #expect(taken.error.contains("of this host cannot be used"), "\(taken.error)")
        #expect(taken.error.hasSuffix("\nLeave --local-port out for any free port.\n"), "\(taken.error)")
        let line = try await HostileServer.osm(
            Self.question + ["-f", "/no/such/directory/file"], .forwarded { _ in HostileServer.answer("all is well") })
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: writing the answer to /no/such/directory/file: "))
    }

    @Test("What the pod answers is printed as it is, and its refusals are a failure")
    func answers() async throws {
        let line = try await HostileServer.osm(
            ["proxy", "get", "stats?filter=a b", HostileServer.pod, "-n", "shop"],
            .forwarded { HostileServer.answer("asked for \($0)\n") })
        #expect(line.out == "asked for /stats?filter=a%20b\n")
        #expect(line.status == 0)
        let refused = try await HostileServer.osm(
            Self.question, .forwarded { _ in HostileServer.answer("no\u{1B}[31m\nmore", status: 404) })
        #expect(
            refused.error == """
                Error: Error retrieving proxy config for pod web in namespace shop: Envoy answered 404 to \
                `config_dump`: no [31m
                See `osm proxy get help web -n shop` for what it answers.

                """)
    }

    @Test(
        "A control plane that answers nonsense is not believed",
        arguments: [["status"], ["proxy", "status"], ["proxy", "status", HostileServer.pod, "-n", "shop"]])
    func controlPlane(command: [String]) async throws {
        for text in ["nonsense", "{}", #"{"revision": 1e300, "objects": 7, "proxies": []}"#] {
            let line = try await HostileServer.osm(command, .forwarded { _ in HostileServer.answer(text) })
            #expect(line.status == 1)
            #expect(line.out == "")
            #expect(
                line.error == """
                    Error: reading what the control plane in namespace osm-system tells: it is of another version than \
                    this command
                    See `osm version`.

                    """)
        }
        let line = try await HostileServer.osm(command, .forwarded { _ in HostileServer.answer("no", status: 503) })
        #expect(line.status == 1)
        #expect(line.error.contains("asking pod osm-system/osm-controller-0 for /status: it answered 503: no"))
    }

    @Test("Where the control plane cannot be asked, mesh list says Unknown, and version that it failed")
    func unknown() async throws {
        for answer in ["nonsense", "[]", #"{"a": 7}"#] {
            let list = try await HostileServer.osm(
                ["mesh", "list"], .forwarded { _ in HostileServer.answer(answer) })
            #expect(list.status == 0)
            #expect(list.out.contains("osm         osm-system       Unknown\n"), "\(list.out)")
            let version = try await HostileServer.osm(
                ["version"], .forwarded { _ in HostileServer.answer(answer) })
            #expect(version.status == 1)
            let row = "osm         osm-system       Unknown   Unknown      Unknown\n"
            #expect(version.out.contains(row), "\(version.out)")
            #expect(
                version.error.hasPrefix("Error: asking control planes for their versions: not all of them answer\n"))
        }
        let list = try await HostileServer.osm(["mesh", "list"], .silent)
        #expect(list.out.contains("osm         osm-system       Unknown\n"))
    }

    @Test("A control plane that is not well fails its check, with what it said")
    func health() async throws {
        let line = try await HostileServer.osm(
            ["verify", "control-plane-health"],
            .forwarded { path in
                path == "/health/alive" ? HostileServer.answer("") : HostileServer.answer("proxies: no", status: 503)
            })
        #expect(line.status == 1)
        #expect(line.out.contains("Status: Success\n"))
        #expect(line.out.contains("Reason: It answers 503: proxies: no\n"))
        let conditions = "PodScheduled, Initialized, ContainersReady, Ready"
        #expect(line.out.contains("Reason: Its conditions \(conditions) are not True\n"))
    }

    @Test("Envoy's configuration that cannot be read is an unknown step")
    func configuration() async throws {
        let command = ["verify", "connectivity", "--from-pod", "shop/web", "--to-ext-port", "80"]
        for text in ["nonsense", #"{"configs": 7}"#, #"{"configs": [{"dynamic_listeners": [{}]}]}"#] {
            let line = try await HostileServer.osm(command, .forwarded { _ in HostileServer.answer(text) })
            #expect(line.status == 1)
            #expect(line.out.contains("Reason: reading Envoy's configuration: it is not what is expected"))
            #expect(line.out.contains("Status: Unknown\n"))
        }
    }

    @Test("Metrics whose values are no seconds are left out")
    func metrics() throws {
        let mesh = try #require(
            InstalledMesh(
                DeploymentObject(
                    metadata: ObjectHeader(name: "osm-controller", namespace: "x", labels: ["meshName": "m"]))))
        let lines = ["1e300", "-1e300", "NaN", "+Inf", "-9.3e18", "60.5"].enumerated().map {
            "osm_cert_expiry_seconds{kind=\"root\",name=\"\($0)\"} \($1)"
        }
        let nothing = Data(#"{"revision": 1, "objects": [], "proxies": []}"#.utf8)
        let report = StatusOverview(
            mesh, leader: nil, try JSONDecoder().decode(StatusReport.self, from: nothing),
            metrics: [MetricSamples(lines.joined(separator: "\n"))])
        #expect(report.certificates == [.init(kind: "root", name: "5", secondsLeft: 60)])
        #expect(report.text.contains("root          5      1m\n"), "\(report.text)")
    }
}
