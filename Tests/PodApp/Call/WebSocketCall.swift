import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One upgrade to websocket, one text frame there and one back.
struct WebSocketCall: Sendable {
    private enum Upgraded: Sendable {
        case accepted(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, HTTPResponseHead)
        case refused(HTTPCall.Connection)
    }

    let head: HTTPRequestHead
    let text: String

    /// Makes the call.
    ///
    /// A refused upgrade is an answer, with its status.
    ///
    /// - Throws: what left the call without an echo.
    func make(_ dialing: Dialing) async throws -> CallResult {
        let upgraded = try await dialing.connect { [self] in try configure($0) }
        switch try await upgraded.get() {
        case .accepted(let connection, let response): return try await echo(on: connection, response)
        case .refused(let connection):
            return try await connection.executeThenClose { input, _ in try await HTTPCall.response(in: input) }
        }
    }

    private func configure(_ channel: any Channel) throws -> EventLoopFuture<Upgraded> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgraded> { channel, response in
            channel.eventLoop.makeCompletedFuture {
                try .accepted(NIOAsyncChannel(wrappingChannelSynchronously: channel), response)
            }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Upgraded>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try .refused(NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
    }

    private func echo(
        on connection: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, _ response: HTTPResponseHead
    ) async throws -> CallResult {
        try await connection.executeThenClose { input, output in
            try await output.write(frame(.text, ByteBuffer(string: text)))
            for try await answer in input where answer.opcode == .text {
                try await output.write(frame(.connectionClose, ByteBuffer(bytes: [0x03, 0xe8])))
                return CallResult(
                    protocol: "websocket", status: .http(Int(response.status.code)),
                    headers: response.headers.map { ($0.name, $0.value) }, body: Array(answer.data.readableBytesView))
            }
            throw Failure.closed
        }
    }

    private func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> WebSocketFrame {
        // The channel's encoder masks the payload with this key, as clients must.
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: payload)
    }
}
