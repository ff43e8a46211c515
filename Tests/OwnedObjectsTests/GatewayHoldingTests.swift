import CertificateAuthority
import Foundation
import MeshModel
import Testing

@testable import OwnedObjects

@Suite("Who holds a certificate beside pods")
struct GatewayHoldingTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)

    private static func held(epoch: Int64, since: TimeInterval, seen: TimeInterval) -> GatewayHolding.Held {
        .init(
            secret: ObjectName(namespace: "edge", name: "gateway"), notAfter: start.addingTimeInterval(3600),
            issuer: "root", epoch: epoch, since: start.addingTimeInterval(since),
            seen: start.addingTimeInterval(seen))
    }

    private static func epoch(_ holding: GatewayHolding, at seconds: TimeInterval) -> Int64? {
        holding.participants(at: start.addingTimeInterval(seconds))?.first?.epoch
    }

    @Test("is not known before somebody looked, and nobody where there is no certificate")
    func unknown() {
        let holding = GatewayHolding()
        #expect(holding.participants(at: Self.start) == nil)
        holding.knowNoMore()
        #expect(holding.participants(at: Self.start) == [])
        holding.know(nil)
        #expect(holding.participants(at: Self.start) == [])
        holding.forget()
        #expect(holding.participants(at: Self.start) == nil)
    }

    @Test("has new roots once a gateway had time to take them up, by the clock of who wrote or who sees it")
    func patience() {
        let holding = GatewayHolding()
        holding.know(Self.held(epoch: 3, since: 0, seen: 0))
        #expect(Self.epoch(holding, at: 14) == 2)
        #expect(Self.epoch(holding, at: 15) == 3)
        // Seen again and again, the first time counts.
        holding.know(Self.held(epoch: 4, since: 1000, seen: 20))
        holding.know(Self.held(epoch: 4, since: 1000, seen: 22))
        #expect(Self.epoch(holding, at: 34) == 3)
        #expect(Self.epoch(holding, at: 35) == 4)
        // Another leader sees what has been there for long.
        let other = GatewayHolding()
        other.know(Self.held(epoch: 4, since: 1, seen: 100))
        #expect(Self.epoch(other, at: 100) == 4)
    }

    @Test("holds nothing any more once its certificate has ended, and still does while it cannot be looked for")
    func end() {
        let holding = GatewayHolding()
        holding.know(Self.held(epoch: 3, since: 0, seen: 0))
        holding.knowNoMore()
        #expect(holding.participants(at: Self.start.addingTimeInterval(20))?.map(\.name) == ["Secret edge/gateway"])
        #expect(holding.participants(at: Self.start.addingTimeInterval(3600)) == [])
    }
}
