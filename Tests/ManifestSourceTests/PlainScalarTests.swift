import Testing

@testable import ManifestSource

@Suite struct PlainScalarTests {
    @Test(
        "A scalar without quotes is resolved as the tools of Kubernetes do",
        arguments: [
            ("", YAMLNode.Value.null), ("~", .null), ("null", .null), ("nil", .text("nil")),
            ("true", .boolean(true)), ("yes", .boolean(true)), ("On", .boolean(true)), ("n", .boolean(false)),
            ("tRUE", .text("tRUE")), ("enabled", .text("enabled")),
            ("0", .integer(0)), ("90", .integer(90)), ("-7", .integer(-7)), ("+7", .integer(7)),
            ("1_000", .integer(1000)),
            ("0x1F", .integer(31)), ("0b101", .integer(5)), ("0o17", .integer(15)), ("010", .integer(8)),
            ("-0x10", .integer(-16)), ("09", .number(9)), ("--7", .text("--7")), ("0x-1", .text("0x-1")),
            ("9.5", .number(9.5)), (".5", .number(0.5)), ("1.", .number(1)), ("1e2", .number(100)), ("1e", .text("1e")),
            (".inf", .number(.infinity)), ("-.inf", .number(-.infinity)), ("inf", .text("inf")),
            ("99999999999999999999", .number(1e20)), ("v1", .text("v1")), ("10.77.0.11", .text("10.77.0.11")),
            ("500m", .text("500m")), ("2026-01-31", .text("2026-01-31")), ("12:30", .text("12:30")), ("-", .text("-")),
            (".", .text(".")), ("/books", .text("/books")), ("24h", .text("24h")), ("0x", .text("0x")),
            ("٣", .text("٣")),
        ])
    func resolution(_ text: String, _ expected: YAMLNode.Value) {
        #expect(PlainScalar.value(of: text) == expected)
    }
}
