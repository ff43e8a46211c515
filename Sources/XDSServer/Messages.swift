internal import EnvoyAPI
internal import FoundationEssentials
internal import GRPCCore
internal import SwiftProtobuf
internal import XDSCache

/// Hands bytes through, so that a request is parsed only once its sender is known.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}

extension DeltaStream.Request {
    /// How much of a refusal's reason is kept: Envoy may write out the whole resource, the reason at its end.
    private static let (reasonHead, reasonTail) = (500, 1_500)

    private static func shortened(_ reason: String) -> String {
        guard reason.count > reasonHead + reasonTail else { return reason }
        return "\(reason.prefix(reasonHead)) [...] \(reason.suffix(reasonTail))"
    }

    /// The request that a message is; `nil` if its type is not served.
    init?(_ message: Envoy_Service_Discovery_V3_DeltaDiscoveryRequest) {
        guard let type = ResourceType(url: message.typeURL) else { return nil }
        self.init(
            type: type, nonce: message.responseNonce,
            refusal: message.hasErrorDetail ? Self.shortened(message.errorDetail.message) : nil,
            subscribe: message.resourceNamesSubscribe, unsubscribe: message.resourceNamesUnsubscribe,
            initialVersions: message.initialResourceVersions)
    }
}

extension DeltaStream.Response {
    /// The response as it goes over the wire.
    func encoded() throws -> [UInt8] {
        var message = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse()
        message.typeURL = type.url
        message.nonce = nonce
        message.systemVersionInfo = String(revision)
        message.removedResources = removed
        message.resources = resources.map { resource in
            var entry = Envoy_Service_Discovery_V3_Resource()
            entry.name = resource.key.name.name
            entry.version = resource.version
            entry.resource.typeURL = type.url
            entry.resource.value = Data(resource.body)
            return entry
        }
        return try message.serializedBytes()
    }
}
