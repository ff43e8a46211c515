internal import EnvoyAPI
internal import SwiftProtobuf

/// The variants of the protocol.
public enum Variant: String, CaseIterable, Sendable {
    /// Differences, by name.
    case delta
    /// Whole sets of clusters and listeners, other types by name.
    case stateOfTheWorld

    var path: String {
        let method = self == .delta ? "DeltaAggregatedResources" : "StreamAggregatedResources"
        return "/envoy.service.discovery.v3.AggregatedDiscoveryService/\(method)"
    }
}

/// What a proxy asks, answers, or both in one.
struct Request: Equatable {
    var kind: ResourceKind
    /// The response that it answers; empty for none.
    var nonce = ""
    /// Why the proxy refuses the response; `nil` if it takes it up.
    var refusal: String?
    /// Names that it asks for from now on, sorted; of whole sets all that it asks for.
    var subscribe: [Int32] = []
    /// Names that it asks for no more, sorted.
    var unsubscribe: [Int32] = []
    /// What it has from an earlier stream, versions by name.
    var versions: [Int32: Int32] = [:]
    /// Of whole sets, the version of the type that it has.
    var version = ""

    /// The message; with the node's name on the first of a stream.
    func encoded(_ variant: Variant, node: String?, _ catalogue: Catalogue) throws -> [UInt8] {
        switch variant {
        case .delta:
            var message = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
            if let node { message.node.id = node }
            message.typeURL = kind.url
            message.responseNonce = nonce
            message.resourceNamesSubscribe = subscribe.map(catalogue.text)
            message.resourceNamesUnsubscribe = unsubscribe.map(catalogue.text)
            for (name, version) in versions {
                message.initialResourceVersions[catalogue.text(name)] = catalogue.text(version)
            }
            if let refusal {
                message.errorDetail.code = 13
                message.errorDetail.message = refusal
            }
            return try message.serializedBytes()
        case .stateOfTheWorld:
            var message = Envoy_Service_Discovery_V3_DiscoveryRequest()
            if let node { message.node.id = node }
            message.typeURL = kind.url
            message.responseNonce = nonce
            message.versionInfo = version
            message.resourceNames = subscribe.map(catalogue.text)
            if let refusal {
                message.errorDetail.code = 13
                message.errorDetail.message = refusal
            }
            return try message.serializedBytes()
        }
    }
}
