import Logging
import MeshModel
import Testing

@testable import osm_controller

@Suite("How much the controller logs")
struct LogControlTests {
    @Test(
        "follows osmLogLevel while loggers are in use, in the original's words",
        arguments: [
            ("trace", .trace), ("debug", .debug), ("info", .info), ("warn", .warning), ("warning", .warning),
            ("error", .error), ("fatal", .critical), ("panic", .critical), ("", .notice),
        ] as [(String, Logger.Level)])
    func levels(word: String, expected: Logger.Level) {
        let control = LogControl(.notice)
        let logger = Logger(label: "x") { _ in JSONLogHandler(control) }
        #expect(logger.logLevel == .notice)
        var observability = MeshConfig.Observability()
        observability.osmLogLevel = word
        control.configure(observability)
        #expect(logger.logLevel == expected)
        #expect(!control.isSilent)
        control.configure(MeshConfig.Observability())
        #expect(logger.logLevel == .notice)
    }

    @Test("is nothing while it is disabled")
    func silence() {
        let control = LogControl(.info)
        var observability = MeshConfig.Observability()
        observability.osmLogLevel = "disabled"
        control.configure(observability)
        #expect(control.isSilent)
        control.configure(MeshConfig.Observability())
        #expect(!control.isSilent)
    }

    @Test("can be another for one logger")
    func ownLevel() {
        let control = LogControl(.info)
        var logger = Logger(label: "x") { _ in JSONLogHandler(control) }
        logger.logLevel = .error
        var observability = MeshConfig.Observability()
        observability.osmLogLevel = "debug"
        control.configure(observability)
        #expect(logger.logLevel == .error)
        #expect(Logger(label: "y") { _ in JSONLogHandler(control) }.logLevel == .debug)
    }
}
