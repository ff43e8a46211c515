import HTTPTypes
import Testing

@testable import osm_healthcheck

@Suite("What the kubelet asks the helper")
struct QuestionTests {
    private static func headers(_ fields: [(String, String)]) throws -> HTTPFields {
        var headers = HTTPFields()
        for (name, value) in fields { headers[try #require(HTTPField.Name(name))] = value }
        return headers
    }

    static let questions: [(fields: [(String, String)], question: ProbeQuestion?)] = [
        ([("Original-Tcp-Port", "5432")], .tcp(port: 5432, timeout: 1)),
        ([("original-tcp-port", "5432"), ("Original-Timeout-Seconds", "7")], .tcp(port: 5432, timeout: 7)),
        ([("Original-Tcp-Port", "1"), ("Original-Timeout-Seconds", "0")], .tcp(port: 1, timeout: 1)),
        ([("Original-Tcp-Port", "1"), ("Original-Timeout-Seconds", "60")], .tcp(port: 1, timeout: 60)),
        ([("Original-Tcp-Port", "1"), ("Original-Timeout-Seconds", "3600")], .tcp(port: 1, timeout: 60)),
        ([("Original-Tcp-Port", "1"), ("Original-Timeout-Seconds", "x")], .tcp(port: 1, timeout: 1)),
        (
            [("Original-Grpc-Port", "9000"), ("Original-Grpc-Service", "a.B")],
            .grpc(port: 9000, service: "a.B", timeout: 1)
        ),
        ([("Original-Grpc-Port", "9000")], .grpc(port: 9000, service: "", timeout: 1)),
        ([], nil), ([("Original-Tcp-Port", "0")], nil), ([("Original-Tcp-Port", "65536")], nil),
        ([("Original-Tcp-Port", "-1")], nil), ([("Original-Tcp-Port", "http")], nil),
    ]

    @Test("Headers are a question, or none", arguments: 0..<questions.count)
    func headers(index: Int) throws {
        let (fields, question) = Self.questions[index]
        #expect(ProbeQuestion(try Self.headers(fields)) == question)
    }

    @Test("The status of the health service is field 1 of its answer")
    func status() throws {
        #expect(try HealthServiceQuestion.status(in: [0x08, 1]) == 1)
        #expect(try HealthServiceQuestion.status(in: [0x08, 2]) == 2)
        #expect(try HealthServiceQuestion.status(in: [0x08, 0x81, 0x01]) == 129)
        #expect(try HealthServiceQuestion.status(in: []) == 0)
        #expect(try HealthServiceQuestion.status(in: [0x12, 1]) == 0)
    }

    @Test("Sockets of applications count, those of the sidecar and those that are over do not")
    func sockets() {
        let title = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
        func line(_ state: String, _ user: Int, inode: Int) -> String {
            "   0: 00000000:1F90 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000 \(user)        0 \(inode) 1"
        }
        let tables = [
            [title, line("0A", 0, inode: 7), line("0A", 1500, inode: 8), line("06", 0, inode: 0)],
            [title, line("01", 1000, inode: 9), line("08", 1000, inode: 0), "?"],
        ]
        #expect(ApplicationSockets(tables: tables.map { $0.joined(separator: "\n") }).count == 2)
        #expect(ApplicationSockets(tables: ["", title]).count == 0)
    }
}
