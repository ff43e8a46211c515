internal import EnvoyAPI
internal import SwiftProtobuf
internal import XDSCache

extension ProxyStream.Variant {
    /// The name of the method.
    var method: String {
        switch self {
        case .delta: "DeltaAggregatedResources"
        case .stateOfTheWorld: "StreamAggregatedResources"
        }
    }
}

extension ProxyStream.Request {
    /// The request that a message is; `nil` if its type is not served.
    ///
    /// - Throws: Any error if the bytes are no request of the variant.
    init?(_ bytes: [UInt8], _ variant: ProxyStream.Variant) throws {
        switch variant {
        case .delta:
            let message = try Envoy_Service_Discovery_V3_DeltaDiscoveryRequest(serializedBytes: bytes)
            self.init(
                message.typeURL, message.responseNonce, message.hasErrorDetail ? message.errorDetail.message : nil,
                .changes(
                    subscribe: message.resourceNamesSubscribe, unsubscribe: message.resourceNamesUnsubscribe,
                    initialVersions: message.initialResourceVersions))
        case .stateOfTheWorld:
            let message = try Envoy_Service_Discovery_V3_DiscoveryRequest(serializedBytes: bytes)
            self.init(
                message.typeURL, message.responseNonce, message.hasErrorDetail ? message.errorDetail.message : nil,
                .names(message.resourceNames))
        }
    }

    private init?(_ url: String, _ nonce: String, _ refusal: String?, _ interest: Interest) {
        guard let type = ResourceType(url: url) else { return nil }
        self.init(type: type, nonce: nonce, refusal: refusal.map(Self.shortened), interest: interest)
    }

    /// How much of a refusal's reason is kept: Envoy may write out the whole resource, the reason at its end.
    private static let (reasonHead, reasonTail) = (500, 1_500)

    private static func shortened(_ reason: String) -> String {
        // By bytes: one character may have any number of them.
        let bytes = reason.utf8
        guard bytes.count > reasonHead + reasonTail else { return reason }
        let (head, tail) = (bytes.prefix(reasonHead), bytes.suffix(reasonTail))
        return "\(String(decoding: head, as: UTF8.self)) [...] \(String(decoding: tail, as: UTF8.self))"
    }
}
