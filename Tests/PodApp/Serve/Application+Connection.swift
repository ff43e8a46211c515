import NIOCore
import NIOHTTP1

extension Application {
    /// Answers the requests of one connection in their order, until either side ends it.
    func serve(_ channel: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) async throws {
        try await channel.executeThenClose { input, output in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in input {
                switch part {
                case .head(var request):
                    DeclinedUpgrade.restore(in: &request.headers)
                    // Counted here: a request that is cut short has been delivered all the same.
                    ledger.trace("begun", request.uri)
                    if request.path != "/counts" { ledger.arrived(path: request.path) }
                    head = request
                    body.clear()
                case .body(var bytes): body.writeBuffer(&bytes)
                case .end:
                    guard let request = head else { continue }
                    let closes = try await ledger.underWay {
                        let answer = await answer(to: request, body: body)
                        // NIO parses nothing behind a request that asked for an upgrade.
                        let asksForUpgrade = request.headers.contains(name: "upgrade")
                        let closes = !request.isKeepAlive || asksForUpgrade || ledger.isStopping
                        try await answer.write(to: output, request: request, app: name, closes: closes)
                        ledger.trace("answered", request.uri)
                        return closes
                    }
                    if closes { return }
                }
            }
        }
    }
}
