import NIOCore
import NIOPosix
import Testing

@testable import osm_healthcheck

@Suite("The helper asks applications")
struct AskingTests {
    @Test("A port that accepts connections answers, one that nobody listens on does not")
    func tcp() async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await ProbeQuestion.tcp(port: port, timeout: 30).ask()
        try await listener.close()
        await #expect(throws: (any Error).self) { try await ProbeQuestion.tcp(port: port, timeout: 30).ask() }
    }

    @Test("gRPC's health service is asked about the service by name")
    func grpc() async throws {
        try await HealthServer.serve("shop.Web") { port in
            try await ProbeQuestion.grpc(port: port, service: "shop.Web", timeout: 60).ask()
            await #expect(throws: HealthServiceQuestion.NotServing.self) {
                try await ProbeQuestion.grpc(port: port, service: "other", timeout: 60).ask()
            }
        }
    }

    @Test("Where nobody serves gRPC, nobody answers")
    func nobody() async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await listener.close()
        await #expect(throws: (any Error).self) {
            try await ProbeQuestion.grpc(port: port, service: "", timeout: 2).ask()
        }
    }

    @Test("A program that is no Envoy is not ready, and does not say that the workload has ended")
    func noProxy() async {
        let proxy = ProxyAdmin(address: "http://127.0.0.1:1")
        #expect(await !proxy.isReady())
        #expect(await !proxy.saysThatWorkloadEnded())
        #expect(await !proxy.quit())
    }
}
