import NIOCore
import NIOHTTP2
import Testing

@testable import XDSServer

@Suite("How a connection is seen to its end, by a clock that stands still")
struct ConnectionKeeperTests {
    @Test("A proxy that is silent is asked after ten seconds, and gone nine later if it does not answer")
    func silent() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.pass(9.999)
        #expect(try connection.sent() == [])
        connection.pass(0.001)
        #expect(try connection.sent() == ["ping 1"])
        connection.pass(8.999)
        #expect(connection.isOpen)
        #expect(try connection.sent() == [], "it is asked once")
        connection.pass(0.001)
        #expect(!connection.isOpen)
    }

    @Test("A proxy that answers, or says anything at all, is asked again ten seconds later, for ever")
    func answering() throws {
        let connection = try KeptConnection()
        connection.open(1)
        for round in 0..<100 {
            connection.pass(10)
            #expect(try connection.sent() == ["ping 1"])
            connection.pass(8.9)
            if round % 2 == 0 { try connection.answer(1) } else { connection.receiveOfStream() }
        }
        #expect(connection.isOpen)
    }

    @Test("A proxy that speaks is not asked")
    func busy() throws {
        let connection = try KeptConnection()
        connection.open(1)
        for _ in 0..<100 {
            connection.pass(9.9)
            connection.receiveOfStream()
        }
        #expect(try connection.sent() == [])
        #expect(connection.isOpen)
    }

    @Test("Who does not begin to speak HTTP/2 within twenty seconds goes, and is asked nothing before")
    func handshake() throws {
        let connection = try KeptConnection(begins: false)
        connection.pass(19.999)
        #expect(connection.isOpen)
        connection.pass(0.001)
        #expect(!connection.isOpen)
        #expect(try connection.sent() == [])
        let late = try KeptConnection(begins: false)
        late.pass(19.9)
        try late.receive(.settings(.settings([])))
        late.pass(9.9)
        #expect(late.isOpen)
    }

    @Test("Who opens no stream is bidden good-bye after a minute, and goes when it has heard that")
    func idle() throws {
        let connection = try KeptConnection()
        for _ in 0..<5 {
            connection.pass(10)
            #expect(try connection.sent() == ["ping 1"])
            try connection.answer(1)
        }
        connection.pass(9.999)
        #expect(try connection.sent() == [])
        connection.pass(0.001)
        // Which stream is the last is not certain before it has answered.
        #expect(try connection.sent().filter { $0 != "ping 1" } == ["good-bye any no error", "ping 2"].map(Self.plain))
        #expect(connection.isOpen)
        try connection.answer(2)
        #expect(try connection.sent() == ["good-bye 0 no error"].map(Self.plain))
        #expect(!connection.isOpen)
    }

    /// As the library writes the code.
    private static func plain(_ text: String) -> String {
        text.replacing("no error", with: "\(HTTP2ErrorCode.noError)")
    }

    @Test("The minute without a stream begins when the last one ends")
    func idleAfterStreams() throws {
        let connection = try KeptConnection()
        func pass(_ seconds: Int) throws {
            for _ in 0..<seconds {
                connection.pass(1)
                connection.receiveOfStream()
            }
        }
        connection.open(1)
        connection.open(3)
        try pass(300)
        connection.close(1)
        try pass(300)
        #expect(try connection.sent() == [])
        connection.close(3)
        try pass(59)
        #expect(try connection.sent() == [])
        connection.open(5)
        try pass(300)
        connection.close(5)
        try pass(59)
        #expect(try connection.sent() == [])
        try pass(1)
        #expect(try connection.sent().count == 2)
    }

    @Test("Who is told to go ends its streams first, those included that were on their way")
    func leaving() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.quiesce()
        #expect(try connection.sent() == ["good-bye any no error", "ping 2"].map(Self.plain))
        connection.open(3)
        try connection.answer(2)
        #expect(try connection.sent() == ["good-bye 3 no error"].map(Self.plain))
        connection.close(1)
        #expect(connection.isOpen)
        connection.quiesce()
        #expect(try connection.sent() == [], "it was told")
        connection.close(3)
        #expect(!connection.isOpen)
    }

    @Test("Who does not go within five seconds is cut off, whether it answers or not", arguments: [true, false])
    func grace(answers: Bool) throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.pass(3)
        connection.quiesce()
        if answers { try connection.answer(2) }
        connection.pass(4.999)
        #expect(connection.isOpen)
        connection.pass(0.001)
        #expect(!connection.isOpen)
    }

    @Test("Who is told to go before it began has nothing to end")
    func leavingEarly() throws {
        let connection = try KeptConnection(begins: false)
        connection.quiesce()
        #expect(!connection.isOpen)
        #expect(try connection.sent() == [])
    }

    @Test("An event loop that was held up takes nobody for dead whose answer may lie there unread")
    func heldUp() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.pass(10)
        #expect(try connection.sent() == ["ping 1"])
        // The answer was due after nine seconds; the event loop came to it after thirty.
        connection.holdUp(30, due: 9)
        #expect(connection.isOpen)
        connection.receiveOfStream()
        connection.pass(9.999)
        #expect(connection.isOpen)
        #expect(try connection.sent() == [])
        connection.pass(0.001)
        #expect(try connection.sent() == ["ping 1"], "as ever")
    }

    @Test("Who says nothing either after the event loop was held up has nine seconds more")
    func heldUpAndDead() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.pass(10)
        connection.holdUp(30, due: 9)
        connection.pass(8.999)
        #expect(connection.isOpen)
        connection.pass(0.001)
        #expect(!connection.isOpen)
    }

    @Test("An event loop that is late by less than a second is trusted")
    func slightlyLate() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.pass(10)
        connection.holdUp(9.9, due: 9)
        #expect(!connection.isOpen)
    }

    @Test("An event loop that was held up before it asked asks")
    func heldUpBefore() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.holdUp(60, due: 10)
        #expect(connection.isOpen)
        #expect(try connection.sent() == ["ping 1"])
        connection.pass(8.999)
        #expect(connection.isOpen)
    }

    @Test("An error of a stream is the stream's, any other ends the connection")
    func errors() throws {
        let connection = try KeptConnection()
        connection.open(1)
        connection.fail(NIOHTTP2Errors.noSuchStream(streamID: 7))
        connection.fail(NIOHTTP2Errors.streamError(streamID: 1, baseError: ChannelError.ioOnClosedChannel))
        #expect(connection.isOpen)
        connection.fail(ChannelError.ioOnClosedChannel)
        #expect(!connection.isOpen)
    }
}
