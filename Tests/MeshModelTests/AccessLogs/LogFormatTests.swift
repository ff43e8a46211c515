import Testing

@testable import MeshModel

@Suite("Formats of access logs")
struct LogFormatTests {
    /// Format strings that Envoy 1.40 takes.
    private static let good = [
        "", "a line\n", "é\t", "100%%", "%%%DURATION%", "%%DURATION%%", "%DURATION%%%", "%PROTOCOL()%",
        "%UPSTREAM_HOST%/%UPSTREAM_CLUSTER%", "%REQ(a%b)%", "%REQ(:PATH)%", "%REQ(X-A?:PATH):20%", "%REQ(a):0%",
        "%REQ(A_b-c.d~!#$&'*+^`|9)%", "%TRAILER(a?b):4%", "%REQ_WITHOUT_QUERY(a?b):3%", "%START_TIME%",
        "%START_TIME(%s.%3f)%", "%START_TIME(%Y/%m/%dT%H:%M:%S%z %s)%", "%START_TIME(%)%", "%START_TIME(é)%",
        "%ENVIRONMENT(a b)%", "%ENVIRONMENT(a%)%", "%QUERY_PARAM(é)%", "%QUERY_PARAM(a:b):3%", "%PATH%", "%PATH:3%",
        "%PATH()%", "%PATH(WQ)%", "%PATH(NQ:ORIG)%", "%PATH(WQ:ORIG_OR_PATH):3%", "%QUERY_PARAMS(ORIG):3%",
        "%GRPC_STATUS%", "%GRPC_STATUS(NUMBER)%", "%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%",
        "%DYNAMIC_METADATA(a:b:c):3%", "%CLUSTER_METADATA(a:b)%", "%UPSTREAM_METADATA(a:b)%",
        "%METADATA(CLUSTER:a:b):3%", "%METADATA(LISTENER_FILTER_CHAIN:a)%", "%FILTER_STATE(a)%",
        "%FILTER_STATE(a:PLAIN):9%", "%FILTER_STATE(a:FIELD:b)%", "%UPSTREAM_FILTER_STATE(a:TYPED)%",
        "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%", "%COMMON_DURATION(a:b)%",
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(16)%", "%DOWNSTREAM_PEER_CERT_V_START(%Y)%",
    ]

    /// Format strings that Envoy 1.40 refuses.
    private static let bad = [
        "%", "a%", "%A", "%REQ(:PATH)", "%REQ(:PATH)%%", "%DURATION%%", "%req(a)%", "%REQ (a)%", "% REQ(a)%",
        "%NO_SUCH_OPERATOR%", "%REQ%", "%REQ()%", "%REQ(a b)%", "%REQ(a)b)%", "%REQ(a?b?c)%", "%REQ(é)%", "%REQ(a):x%",
        "%REQ(a):-1%", "%REQ(a):99999999999999999999%", "%REQ(a\nb)%", "%START_TIME(a\nb)%", "%START_TIME(%s)",
        "%START_TIME:3%", "%DURATION(a)%", "%PROTOCOL:3%", "%PROTOCOL():3%", "%RESPONSE_FLAGS(x)%",
        "%UPSTREAM_METADATA%", "%CLUSTER_METADATA(a:b):3%", "%FILTER_STATE(a:X)%", "%FILTER_STATE(a:FIELD)%",
        "%METADATA(X:a:b)%", "%METADATA%", "%PATH(a)%", "%PATH(NQ:X)%", "%GRPC_STATUS(x)%", "%GRPC_STATUS:3%",
        "%QUERY_PARAMS(a)%", "%QUERY_PARAM()%", "%ENVIRONMENT():3%", "%COMMON_DURATION(a:b:c)%",
        "%COMMON_DURATION(a:b:c:d)%", "%COALESCE(a)%",
    ]

    @Test("are taken if Envoy takes them")
    func agreement() throws {
        for text in Self.good { #expect(FormatString(text).mistake == nil, "\(text)") }
        // Envoy takes no empty file of a format.
        let verdict = try Envoy().validate(logsOf: Self.good.filter { !$0.isEmpty } + Self.everyOperator)
        #expect(verdict.isGood, "\(verdict.output)")
    }

    @Test("are refused if Envoy refuses them", arguments: bad)
    func refusal(text: String) throws {
        #expect(FormatString(text).mistake?.isEmpty == false)
        #expect(try !Envoy().validate(logsOf: [text]).isGood)
    }

    @Test("can name every operator that is known here, and in Envoy each has the argument that is told here")
    func operators() throws {
        for text in Self.everyOperator { #expect(FormatString(text).mistake == nil, "\(text)") }
        #expect(Self.everyOperator.count == 160)
    }

    /// Every operator, with the least argument that it takes.
    private static let everyOperator = LogOperator.names.map { name -> String in
        switch LogOperator.named(Substring(name))?.argument {
        case .header, .required, .state: "%\(name)(a)%"
        case .metadata(let kinds): "%\(name)(\(kinds[0]):a)%"
        case .interval: "%\(name)(a:b)%"
        case .some(.none), .optional, .word, nil: "%\(name)%"
        }
    }

    @Test("are JSON if they spell a JSON object, else text")
    func kinds() {
        #expect(LogFormat("%PROTOCOL%\n") == .text("%PROTOCOL%\n"))
        #expect(LogFormat("[\"%PROTOCOL%\"]") == .text("[\"%PROTOCOL%\"]"))
        #expect(LogFormat("{not JSON") == .text("{not JSON"))
        let json = #" {"a": "%PROTOCOL%", "b": {"c": ["%DURATION%", 1, true, null]}}"#
        let fields: [String: LogValue] = [
            "a": .string("%PROTOCOL%"),
            "b": .object(["c": .list([.string("%DURATION%"), .number(1), .bool(true), .null])]),
        ]
        #expect(LogFormat(json) == .json(fields))
        #expect(LogFormat(json).strings.map(\.place) == ["a", "b.c[0]"])
        #expect(LogFormat(json).names("DURATION"))
        #expect(!LogFormat(json).names("REQ_WITHOUT_QUERY"))
        #expect(LogFormat("%REQ_WITHOUT_QUERY(:PATH)%").names("REQ_WITHOUT_QUERY"))
    }
}
