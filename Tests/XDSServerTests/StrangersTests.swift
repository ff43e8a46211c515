import CertificateAuthority
import Foundation
import Logging
import Metrics
import NIOCore
import NIOEmbedded
import Testing

@testable import XDSServer

@Suite("How many connections an address has on which nobody is served")
struct StrangersTests {
    @Test("No more than so many, of each address by itself; who leaves makes room")
    func most() {
        var strangers = Strangers()
        for _ in 0..<Strangers.most { #expect(strangers.come("a") == .admitted) }
        #expect(strangers.come("a") == .refused(isFirst: true))
        #expect(strangers.come("a") == .refused(isFirst: false))
        #expect(strangers.come("b") == .admitted)
        strangers.leave("a")
        #expect(strangers.come("a") == .admitted)
        #expect(strangers.come("a") == .refused(isFirst: false), "it is as full as before: nobody is told again")
        #expect(strangers.count("a") == Strangers.most)
    }

    @Test("An address that had room again is told of again when it is full")
    func again() {
        var strangers = Strangers()
        for _ in 0..<Strangers.most { #expect(strangers.come("a") == .admitted) }
        #expect(strangers.come("a") == .refused(isFirst: true))
        for _ in 0...(Strangers.most / 2) { strangers.leave("a") }
        for _ in strangers.count("a")..<Strangers.most { #expect(strangers.come("a") == .admitted) }
        #expect(strangers.come("a") == .refused(isFirst: true))
    }

    @Test("Nothing is kept of an address that has none")
    func forgetting() {
        var strangers = Strangers()
        for number in 0..<1_000 {
            #expect(strangers.come("\(number)") == .admitted)
            strangers.leave("\(number)")
        }
        #expect(Mirror(reflecting: strangers).children.allSatisfy { Mirror(reflecting: $0.value).children.isEmpty })
    }

    /// Connections of one address, on channels that go nowhere.
    private struct Arrivals {
        static let most = 5

        struct Source: ServerChainSource {
            let serverChains: ServerChains
        }

        let connections: ServedConnections
        var open: [(channel: EmbeddedChannel, connection: ServedConnection)] = []

        init() throws {
            let authority = try CertificateAuthority.create(name: "root", now: Date()).authority
            let issued = try authority.issueServer(
                dnsName: "server.osm-system.svc", validity: .seconds(3_600), now: Date())
            let chain = ServerChain(
                root: authority.identifier, certificateChainPEM: issued.certificateChainPEM,
                privateKeyPEM: issued.privateKeyPEM)
            connections = ServedConnections(
                Source(serverChains: ServerChains(current: chain)), metrics: XDSMetrics(NOOPMetricsHandler.instance),
                logger: Logger(label: "test"), strangers: Strangers(limit: Self.most))
        }

        /// One more comes; who is not admitted is closed, as its listener does.
        ///
        /// - Returns: Whether it is admitted.
        mutating func come(from address: String = "192.0.2.1") throws -> Bool {
            let channel = EmbeddedChannel()
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            // To connect is to know another one.
            channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
            do {
                open.append((channel, try connections.begin(channel)))
                return true
            } catch {
                _ = try? channel.finish(acceptAlreadyClosed: true)
                return false
            }
        }

        /// Closes one.
        mutating func close(_ index: Int) {
            _ = try? open.remove(at: index).channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test("A connection counts while none of its streams is served: neither before, nor after, nor twice")
    func served() throws {
        var arrivals = try Arrivals()
        for _ in 0..<Arrivals.most { #expect(try arrivals.come()) }
        #expect(try !arrivals.come())
        #expect(try arrivals.come(from: "192.0.2.2"))
        // Of two streams of one connection the first makes room, and the end of the last takes it.
        let served = arrivals.open[0].connection
        served.serves(true)
        served.serves(true)
        #expect(try arrivals.come())
        #expect(try !arrivals.come())
        served.serves(false)
        arrivals.close(1)
        #expect(try arrivals.come())
        #expect(try !arrivals.come())
        served.serves(false)
        // One more than may be; who is there stays.
        arrivals.close(1)
        #expect(try !arrivals.come())
        arrivals.close(1)
        #expect(try arrivals.come())
        // One that is closed while it is served makes no room: it had taken none.
        arrivals.open[1].connection.serves(true)
        #expect(try arrivals.come())
        arrivals.close(1)
        #expect(try !arrivals.come())
        while !arrivals.open.isEmpty { arrivals.close(0) }
        for _ in 0..<Arrivals.most { #expect(try arrivals.come()) }
        while !arrivals.open.isEmpty { arrivals.close(0) }
    }
}
