import Foundation

/// The proxy itself, asked what it makes of a configuration.
struct Envoy {
    /// What it says.
    struct Verdict {
        let isGood: Bool
        let output: String
    }

    /// A proxy that is not there.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String

    /// The Envoy that hack/setup.sh installs, outside the checkout.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
        path = cache + "/osm/bin/envoy"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Missing(description: "\(path) is missing: run hack/setup.sh")
        }
    }

    /// Whether it would start with a cluster that has the cipher suites and curves.
    func validate(cipherSuites: [String], curves: [String]) throws -> Verdict {
        let context: [String: Any] = [
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": ["tls_params": ["cipher_suites": cipherSuites, "ecdh_curves": curves]],
        ]
        let cluster: [String: Any] = [
            "name": "x", "type": "STATIC", "load_assignment": ["cluster_name": "x"],
            "transport_socket": ["name": "tls", "typed_config": context],
        ]
        return try validate(["static_resources": ["clusters": [cluster]]])
    }

    /// Whether it would start with a route for each of the expressions.
    func validate(routesOf expressions: [String]) throws -> Verdict {
        let routes = expressions.map { expression -> [String: Any] in
            ["match": ["safe_regex": ["regex": expression]], "direct_response": ["status": 200]]
        }
        let manager: [String: Any] = [
            "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "x",
            "route_config": ["virtual_hosts": [["name": "x", "domains": ["*"], "routes": routes]]],
            "http_filters": [
                [
                    "name": "router",
                    "typed_config": [
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                    ],
                ]
            ],
        ]
        let listener: [String: Any] = [
            "address": ["socket_address": ["address": "127.0.0.1", "port_value": 0]],
            "filter_chains": [["filters": [["name": "http", "typed_config": manager]]]],
        ]
        // As in the bootstrap of a sidecar: the size of programs is bounded by us, not by Envoy's default.
        let layer: [String: Any] = [
            "name": "static", "static_layer": ["re2.max_program_size.error_level": 4_294_967_295 as Int],
        ]
        let configuration: [String: Any] = [
            "static_resources": ["listeners": [listener]], "layered_runtime": ["layers": [layer]],
        ]
        return try validate(configuration)
    }

    /// Whether it would start with an access log of each of the formats.
    func validate(logsOf formats: [String]) throws -> Verdict {
        let logs = formats.map { format -> [String: Any] in
            let formatter: [String: Any] = [
                "name": "envoy.formatter.req_without_query",
                "typed_config": [
                    "@type": "type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery"
                ],
            ]
            let log: [String: Any] = [
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                "log_format": [
                    "text_format_source": ["inline_string": format], "formatters": [formatter],
                ] as [String: Any],
            ]
            return ["name": "envoy.access_loggers.stdout", "typed_config": log]
        }
        let proxy: [String: Any] = [
            "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "x",
            "cluster": "x",
        ]
        let listener: [String: Any] = [
            "address": ["socket_address": ["address": "127.0.0.1", "port_value": 0]], "access_log": logs,
            "filter_chains": [["filters": [["name": "tcp", "typed_config": proxy]]]],
        ]
        return try validate([
            "static_resources": ["listeners": [listener], "clusters": [["name": "x"]]] as [String: Any]
        ])
    }

    private func validate(_ configuration: [String: Any]) throws -> Verdict {
        let file = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString).json")
        try JSONSerialization.data(withJSONObject: configuration).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try run(["--mode", "validate", "--concurrency", "1", "-l", "error", "-c", file.path])
    }

    private func run(_ arguments: [String]) throws -> Verdict {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Verdict(isGood: process.terminationStatus == 0, output: String(decoding: text, as: UTF8.self))
    }
}
