import Foundation
import MeshModel
import TestInstruments
import Testing

@Suite("Addresses")
struct AddressTests {
    @Test(
        "Every spelling of an address has one canonical form",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("fd00::1", "fd00::1"), ("FD00:0:0:0:0:0:0:1", "fd00::1"), ("fd00:0000::0001", "fd00::1"), ("::", "::"),
            ("0:0:0:0:0:0:0:0", "::"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("::FFFF:a00:1", "::ffff:10.0.0.1"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ])
    func canonical(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(try #require(IPAddress(canonical)) == address)
        #expect(address.family == (canonical.contains(":") ? .v6 : .v4))
    }

    @Test(
        "What spells no address is none",
        arguments: [
            "", " ", "None", "10.0.0", "10.0.0.256", "10.0.0.1.", "010.0.0.1", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/8",
            "1:2", ":::", "1::2::3", "fd00::1%eth0", "[::1]", "10.0.0.1\u{0}", "\u{0}", "::g", "localhost", "１.0.0.1",
        ])
    func none(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("Addresses are ordered by family, then by number, and ports come last")
    func order() throws {
        let texts = ["0.0.0.0", "9.0.0.0", "10.0.0.0", "10.0.0.2", "10.0.0.10", "::", "::2", "::10", "fd00::1"]
        let addresses = try texts.map { try #require(IPAddress($0)) }
        #expect(addresses.reversed().sorted() == addresses)
        let sockets = addresses.flatMap { [SocketAddress(ip: $0, port: 9), SocketAddress(ip: $0, port: 80)] }
        #expect(sockets.reversed().sorted() == sockets)
        #expect(sockets[0].description == "0.0.0.0:9")
        #expect(sockets.last?.description == "[fd00::1]:80")
    }

    @Test("An address is equal to itself alone: every bit and the family count")
    func equality() throws {
        var addresses = try ["0.0.0.0", "::"].map { try #require(IPAddress($0)) }
        for byte in 0..<4 {
            addresses.append(try #require(IPAddress((0..<4).map { $0 == byte ? "1" : "0" }.joined(separator: "."))))
        }
        for byte in 0..<16 {
            let groups = (0..<8).map { $0 == byte / 2 ? byte.isMultiple(of: 2) ? "100" : "1" : "0" }
            addresses.append(try #require(IPAddress(groups.joined(separator: ":"))))
        }
        #expect(Set(addresses).count == 22)
        for (index, address) in addresses.enumerated() {
            #expect(addresses.filter { $0 == address }.count == 1)
            #expect(address.bytes.count == (address.family == .v4 ? 4 : 16))
            #expect(address.bytes.reduce(0) { $0 + Int($1) } == (index < 2 ? 0 : 1))
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test("Random texts are read or refused, and what is read is canonical")
    func fuzz() throws {
        var random = SeededGenerator(seed: 1)
        let alphabet = Array("0123456789abcdefF.:%/".unicodeScalars)
        var accepted = 0
        for round in 0..<rounds(40_000) {
            var text = round % 4 == 0 ? random.bytes(upTo: 24) : random.text(of: alphabet, upTo: 20)
            // So that some are right.
            if round % 4 == 1 {
                text = (0..<4).map { _ in String(Int.random(in: 0..<260, using: &random)) }.joined(separator: ".")
            } else if round % 4 == 2 {
                text = (0..<Int.random(in: 6...8, using: &random)).map { _ in
                    String(Int.random(in: 0..<70_000, using: &random), radix: 16)
                }.joined(separator: ":")
            }
            guard let address = IPAddress(text) else { continue }
            accepted += 1
            #expect(IPAddress(address.description) == address, "\(text)")
        }
        #expect(accepted > 1000)
    }
}
