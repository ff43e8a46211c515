import EnvoyAPI
import SwiftProtobuf
import Testing

@Suite("Encoding with a deterministic order")
struct EncodingTests {
    @Test("A small message is always these bytes")
    func golden() throws {
        var rbac = Envoy_Config_Rbac_V3_RBAC()
        rbac.action = .deny
        for name in ["c", "a", "b"] { rbac.policies[name] = Envoy_Config_Rbac_V3_Policy() }
        let entries: [UInt8] = Array("abc".utf8).flatMap { [0x12, 5, 0x0A, 1, $0, 0x12, 0] }
        #expect(try encoded(rbac) == [0x08, 1] + entries)
    }

    @Test("Map entries are sorted by key, however the map came to be")
    func maps() throws {
        let names = (100..<400).map { "policy-\($0)" }
        var seen: Set<[UInt8]> = []
        for round in 0..<20 {
            var rbac = Envoy_Config_Rbac_V3_RBAC()
            // A dictionary's order depends on its capacity and on what was inserted first.
            rbac.policies.reserveCapacity(names.count * (round + 1))
            for name in names.shuffled() { rbac.policies[name] = policy(named: name) }
            seen.insert(try encoded(rbac))
        }
        #expect(seen.count == 1)

        let bytes = try #require(seen.first)
        let starts = names.map { bytes.firstRange(of: Array($0.utf8))?.lowerBound }
        let found = starts.compactMap(\.self)
        #expect(found.count == names.count)
        #expect(found == found.sorted())
    }

    @Test("Messages within messages are ordered as well")
    func nested() throws {
        var seen: Set<[UInt8]> = []
        for round in 1...20 {
            var node = Envoy_Config_Core_V3_Node()
            node.metadata.fields.reserveCapacity(round * 100)
            for number in (0..<50).shuffled() {
                node.metadata.fields["key-\(number)"] = Google_Protobuf_Value(numberValue: Double(number))
            }
            var request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
            request.node = node
            for number in (0..<50).shuffled() { request.initialResourceVersions["name-\(number)"] = "\(number)" }
            seen.insert(try encoded(request))
            #expect(try type(of: request).init(serializedBytes: encoded(request)) == request)
        }
        #expect(seen.count == 1)
    }

    private func policy(named name: String) -> Envoy_Config_Rbac_V3_Policy {
        var policy = Envoy_Config_Rbac_V3_Policy()
        policy.permissions = [.with { $0.any = true }]
        policy.principals = [.with { $0.authenticated.principalName.exact = "spiffe://\(name.count)" }]
        return policy
    }

    private func encoded(_ message: some Message) throws -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try message.serializedBytes(options: options)
    }
}
