import EnvoyAPI
import Foundation
import SwiftProtobuf
import Synchronization
import XDSCache

/// A stream of aggregated discovery on which a test decides each request, in either variant.
///
/// In whole sets a request holds all names that are followed: they are kept here, and both variants are asked alike.
final class WireProxy: Sendable {
    /// A response.
    struct Answer: Equatable, Sendable {
        /// A resource in it; versions of their own are known in differences only.
        struct Entry: Equatable, Sendable {
            var name: String
            var version: String
            var body: Data
            var hasLifetime: Bool
        }

        var type: ResourceType
        var nonce: String
        var version: String
        var entries: [Entry]
        var removed: [String]

        var names: [String] { entries.map(\.name) }
        /// The versions by name, of a response without duplicates.
        var versions: [String: String] { Dictionary(entries.map { ($0.name, $0.version) }) { $1 } }
        /// As the tests of the pure state write it: `Cluster a b -c`.
        var summary: String { ([type.description] + names + removed.map { "-\($0)" }).joined(separator: " ") }
    }

    private struct State {
        var followed: [ResourceType: [String]] = [:]
        /// The last nonce of each type.
        var nonces: [ResourceType: String] = [:]
        var isFirst = true
        var answers: [Answer] = []
    }

    let variant: ProxyStream.Variant
    let call: WireCall
    private let state = Mutex(State())

    init(_ variant: ProxyStream.Variant, _ call: WireCall) {
        self.variant = variant
        self.call = call
    }

    /// All responses so far.
    var answers: [Answer] { state.withLock(\.answers) }

    /// Opens a stream on a connection of its own, and hands it to a body.
    static func with<Result: Sendable>(
        _ variant: ProxyStream.Variant, port: Int, rootsPEM: String, token: String,
        manners: WireConnection.Manners = .init(), _ body: (WireProxy) async throws -> Result
    ) async throws -> Result {
        try await WireConnection.with(port: port, rootsPEM: rootsPEM, manners) { connection in
            try await body(open(variant, connection, token))
        }
    }

    /// Opens a stream on a connection.
    static func open(_ variant: ProxyStream.Variant, _ connection: WireConnection, _ token: String) async throws
        -> WireProxy
    {
        let path = variant == .delta ? WireCall.delta : WireCall.stateOfTheWorld
        return WireProxy(variant, try await connection.open(WireCall.fields(path: path, token: token)))
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - names: What it follows from now on, beside what it follows already.
    ///   - dropping: What it follows no more.
    ///   - versions: What it says it has.
    ///   - nonce: Of the response that it answers; none by default in differences, the last one in whole sets, as it is
    ///     written there in each request.
    ///   - refusal: Why it refuses that.
    ///   - version: The version that it says it has of the type, in whole sets.
    ///   - node: What it calls itself; by default something in the stream's first request and nothing later.
    func ask(
        _ type: ResourceType, _ names: [String] = [], dropping: [String] = [], has versions: [String: String] = [:],
        nonce: String? = nil, refusal: Google_Rpc_Status? = nil, version: String = "", node: String? = nil
    ) async throws {
        let (followed, last, isFirst) = state.withLock { state in
            let old = state.followed[type, default: []].filter { !dropping.contains($0) }
            let followed = old + names.filter { !old.contains($0) }
            defer { (state.followed[type], state.isFirst) = (followed, false) }
            return (followed, state.nonces[type] ?? "", state.isFirst)
        }
        let node = node ?? (isFirst ? "conformance" : "")
        switch variant {
        case .delta:
            var request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
            request.typeURL = type.url
            request.resourceNamesSubscribe = names
            request.resourceNamesUnsubscribe = dropping
            request.initialResourceVersions = versions
            request.responseNonce = nonce ?? ""
            if let refusal { request.errorDetail = refusal }
            if !node.isEmpty { request.node.id = node }
            try await call.send(request.serializedBytes())
        case .stateOfTheWorld:
            var request = Envoy_Service_Discovery_V3_DiscoveryRequest()
            request.typeURL = type.url
            request.resourceNames = followed
            request.versionInfo = version
            request.responseNonce = nonce ?? last
            if let refusal { request.errorDetail = refusal }
            if !node.isEmpty { request.node.id = node }
            try await call.send(request.serializedBytes())
        }
    }

    /// Acknowledges a response.
    func acknowledge(_ answer: Answer) async throws {
        try await ask(answer.type, nonce: answer.nonce, version: answer.version)
    }

    /// Refuses a response, in Envoy's words.
    func refuse(_ answer: Answer, _ message: String, version: String = "") async throws {
        try await ask(
            answer.type, nonce: answer.nonce, refusal: .with { ($0.code, $0.message) = (13, message) }, version: version
        )
    }

    /// The next response.
    ///
    /// - Throws: `Ended` if there is none any more.
    func next() async throws -> Answer {
        guard let message = try await call.next() else {
            let end = try await call.end()
            throw Ended(status: end.status, message: end.message ?? call.connection.closed("ended").description)
        }
        let answer = try Self.answer(variant, message)
        state.withLock { state in
            state.answers.append(answer)
            state.nonces[answer.type] = answer.nonce
        }
        return answer
    }

    /// The next response, of whichever type, acknowledged at once.
    func take() async throws -> Answer {
        let answer = try await next()
        try await acknowledge(answer)
        return answer
    }

    struct Ended: Error {
        let status: Int?
        let message: String?
    }

    private static func answer(_ variant: ProxyStream.Variant, _ message: [UInt8]) throws -> Answer {
        switch variant {
        case .delta:
            let response = try Envoy_Service_Discovery_V3_DeltaDiscoveryResponse(serializedBytes: message)
            let type = try type(response.typeURL)
            return Answer(
                type: type, nonce: response.nonce, version: "",
                entries: response.resources.map { resource in
                    .init(
                        name: resource.name, version: resource.version, body: resource.resource.value,
                        hasLifetime: resource.hasTtl)
                }, removed: response.removedResources)
        case .stateOfTheWorld:
            let response = try Envoy_Service_Discovery_V3_DiscoveryResponse(serializedBytes: message)
            let type = try type(response.typeURL)
            return Answer(
                type: type, nonce: response.nonce, version: response.versionInfo,
                entries: try response.resources.map { any in
                    // A resource with a lifetime is wrapped in another message.
                    .init(
                        name: try name(type, any.value), version: "", body: any.value,
                        hasLifetime: any.typeURL != type.url)
                }, removed: [])
        }
    }

    private static func type(_ url: String) throws -> ResourceType {
        guard let type = ResourceType(url: url) else { throw CocoaError(.coderInvalidValue) }
        return type
    }

    /// What a resource calls itself.
    private static func name(_ type: ResourceType, _ body: Data) throws -> String {
        switch type {
        case .cluster: try Envoy_Config_Cluster_V3_Cluster(serializedBytes: body).name
        case .endpoints: try Envoy_Config_Endpoint_V3_ClusterLoadAssignment(serializedBytes: body).clusterName
        case .secret: try Envoy_Extensions_TransportSockets_Tls_V3_Secret(serializedBytes: body).name
        case .listener: try Envoy_Config_Listener_V3_Listener(serializedBytes: body).name
        case .route: try Envoy_Config_Route_V3_RouteConfiguration(serializedBytes: body).name
        default: try Envoy_Config_Core_V3_TypedExtensionConfig(serializedBytes: body).name
        }
    }
}

extension WireProxy {
    /// Everything that the server had to send before this moment and that was not read, without what is asked for here.
    ///
    /// It is a marker and no pause: the roots are asked for twice. The server sends all that it has to at once; so what
    /// it had to before the first question was sent before its second answer.
    func rest() async throws -> [Answer] {
        var rest: [Answer] = []
        for _ in 1...2 {
            // Who asks again is sent again; in whole sets to ask again is to have dropped the name before.
            let hasAsked = state.withLock { $0.followed[.secret]?.contains(Self.marker) == true }
            if variant == .stateOfTheWorld, hasAsked { try await ask(.secret, dropping: [Self.marker]) }
            try await ask(.secret, [Self.marker])
            while true {
                let answer = try await next()
                guard answer.type != .secret || !answer.names.contains(Self.marker) else {
                    try await acknowledge(answer)
                    break
                }
                rest.append(answer)
            }
        }
        return rest
    }

    /// The secret that every proxy may have.
    static let marker = "roots"

    /// Takes and acknowledges responses until there are none.
    func settle() async throws -> [Answer] {
        var all: [Answer] = []
        while true {
            let rest = try await rest()
            guard !rest.isEmpty else { return all }
            for answer in rest { try await acknowledge(answer) }
            all += rest
        }
    }
}
