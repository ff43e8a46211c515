import EnvoyAPI
import Foundation
import NIOCore
import SwiftProtobuf
import TestInstruments
import Testing

@testable import XDSCache
@testable import XDSServer

/// Responses are written by hand: to the byte what SwiftProtobuf makes of the same message.
@Suite("Responses on the wire")
struct ResponseWireTests {
    /// Lengths on both sides of where protobuf needs one more byte for them.
    private static let lengths = [0, 1, 7, 126, 127, 128, 300, 16_382, 16_383, 16_384, 70_000]

    private static func text(_ random: inout SeededGenerator) -> String {
        let count = lengths.prefix(7).randomElement(using: &random) ?? 0
        return String(String(repeating: "aé|/日", count: count / 5 + 1).prefix(count))
    }

    private static func texts(_ random: inout SeededGenerator) -> [String] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in text(&random) }
    }

    private static func resources(_ type: ResourceType, _ random: inout SeededGenerator) -> [Resource] {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let size = lengths.randomElement(using: &random) ?? 0
            return Resource(
                key: ResourceKey(ResourceName(type, text(&random))), version: text(&random),
                body: (0..<size).map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    /// The message by SwiftProtobuf.
    private static func message(_ response: ProxyStream.Response, _ variant: ProxyStream.Variant) throws -> [UInt8] {
        func any(_ resource: Resource) -> Google_Protobuf_Any {
            .with { ($0.typeURL, $0.value) = (response.type.url, Data(resource.body)) }
        }
        switch variant {
        case .delta:
            return try Envoy_Service_Discovery_V3_DeltaDiscoveryResponse.with { message in
                message.typeURL = response.type.url
                message.nonce = response.nonce
                message.systemVersionInfo = String(response.revision)
                message.removedResources = response.removed
                message.resources = response.content.map { resource in
                    .with {
                        ($0.name, $0.version) = (resource.key.name.name, resource.version)
                        $0.resource = any(resource)
                    }
                }
            }.serializedBytes()
        case .stateOfTheWorld:
            return try Envoy_Service_Discovery_V3_DiscoveryResponse.with { message in
                message.typeURL = response.type.url
                message.nonce = response.nonce
                message.versionInfo = response.version
                message.resources = response.content.map(any)
            }.serializedBytes()
        }
    }

    @Test(
        "have the bytes that SwiftProtobuf writes, after a prefix with their number",
        arguments: ProxyStream.Variant.allCases)
    func bytes(variant: ProxyStream.Variant) throws {
        var random = SeededGenerator(seed: 16)
        for round in 0..<400 {
            let type = ResourceType.all.randomElement(using: &random) ?? .cluster
            let content = Self.resources(type, &random)
            let response = ProxyStream.Response(
                type: type, nonce: Self.text(&random), resources: content, removed: Self.texts(&random),
                content: content, version: Self.text(&random),
                revision: round == 0 ? .max : .random(in: 0...300, using: &random))
            let message = try Self.message(response, variant)
            let framed = response.framed(variant)
            #expect(Array(framed.readableBytesView) == WireCall.framed(message), "round \(round)")
        }
    }
}
