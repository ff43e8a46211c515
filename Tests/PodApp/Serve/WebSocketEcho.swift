import NIOCore
import NIOWebSocket

/// Sends every text frame back with the application's name before it.
struct WebSocketEcho: Sendable {
    let name: String

    /// Echoes until the client closes.
    func serve(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) async throws {
        try await channel.executeThenClose { input, output in
            for try await frame in input {
                let bytes = frame.unmaskedData
                switch frame.opcode {
                case .text:
                    let text = ByteBuffer(string: "\(name): \(String(buffer: bytes))")
                    try await output.write(WebSocketFrame(fin: true, opcode: .text, data: text))
                case .ping: try await output.write(WebSocketFrame(fin: true, opcode: .pong, data: bytes))
                case .connectionClose:
                    try await output.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: bytes))
                    return
                default: break
                }
            }
        }
    }
}
