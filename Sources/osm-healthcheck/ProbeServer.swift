import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Answers the kubelet, which comes to the pod's address past Envoy.
struct ProbeServer {
    let port: Int
    let proxy: ProxyAdmin
    let endsWithWorkload: Bool

    /// How long no application may have a socket until it counts as ended.
    private static let quietTime = Duration.seconds(3)

    private var router: Router<BasicRequestContext> {
        let router = Router()
        router.get("/osm-healthcheck") { request, _ in
            guard let question = ProbeQuestion(request.headers) else {
                return Self.text(
                    .badRequest, "the header Original-Tcp-Port or Original-Grpc-Port must hold a port")
            }
            do {
                try await question.ask()
                return Self.text(.ok, "ok")
            } catch {
                return Self.text(.notFound, "\(error)")
            }
        }
        router.get("/osm-application-end") { _, _ in
            await Self.waitForApplicationEnd()
            return Self.text(.ok, "ended")
        }
        return router
    }

    /// Serves until the process is told to stop, or the pod's applications have ended.
    ///
    /// - Throws: If it cannot listen.
    func run() async throws {
        var logger = Logger(label: "osm-healthcheck")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(Self.wildcard, port: port), serverName: nil), logger: logger)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [.init(service: application)]
        if endsWithWorkload {
            let end = WorkloadEndWatch(proxy: proxy)
            services.append(.init(service: end, successTerminationBehavior: .gracefullyShutdownGroup))
        }
        try await ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        ).run()
    }

    /// The wildcard address of both families, where there are both.
    private static var wildcard: String { IPv6Support.isThere ? "::" : "0.0.0.0" }

    private static func waitForApplicationEnd() async {
        let clock = ContinuousClock()
        var quietSince = clock.now
        while clock.now - quietSince < quietTime {
            if ApplicationSockets().count > 0 { quietSince = clock.now }
            // The kubelet gives up by itself.
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}

/// Ends Envoy once the pod's applications have ended; then the process, too.
private struct WorkloadEndWatch: Service {
    let proxy: ProxyAdmin

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while await !proxy.saysThatWorkloadEnded() { try await Task.sleep(for: .seconds(1)) }
            // Not answered: it has ended by itself, or will be asked again.
            while await !proxy.quit() {
                guard await proxy.isReady() else { break }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
