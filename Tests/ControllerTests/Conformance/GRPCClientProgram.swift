import Foundation

/// A program with gRPC's own xDS client, which calls a URI `xds:///`, as an application without a sidecar may.
///
/// It is grpcio of PyPI, in the virtual environment that `hack/setup.sh` makes.
struct GRPCClientProgram {
    /// What came of the call.
    struct Outcome: Codable, Sendable {
        var reply: String?
        var code: String?
        var details: String?
    }

    private let directory: URL

    /// Makes a place for the client, hands it to a body, and removes it.
    static func with(
        rootsPEM: String, token: String, _ body: (GRPCClientProgram) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "osm-grpc-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for (name, text) in ["roots.pem": rootsPEM, "token": token, "outcome": ""] {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }
        try await body(GRPCClientProgram(directory: directory))
    }

    /// Calls a target once.
    ///
    /// - Parameters:
    ///   - template: Of the names of listeners, as gRPC's bootstrap has it.
    ///   - onServing: Called with the port of the program's own gRPC server, before its call.
    func call(
        _ target: String, template: String, port: Int, onServing: (UInt32) async throws -> Void = { _ in }
    ) async throws -> Outcome {
        let result = directory.appending(path: "outcome")
        for name in ["backend", "go"] { try? FileManager.default.removeItem(at: directory.appending(path: name)) }
        let process = Process()
        process.executableURL = URL(filePath: Self.python)
        process.arguments = ["-c", Self.script, directory.path, "\(port)", template, target]
        let (output, errors) = (try FileHandle(forWritingTo: result), FileHandle.nullDevice)
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        // It ends by itself: its call has a time limit. Whatever is thrown meanwhile ends it at once.
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try await onServing(servingPort(process))
        try Data().write(to: directory.appending(path: "go"))
        let limit = ContinuousClock.now + .seconds(120)
        while process.isRunning {
            guard .now < limit else { throw RunningController.NeverHappened(description: "the client did not end") }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try JSONDecoder().decode(Outcome.self, from: Data(contentsOf: result))
    }

    private func servingPort(_ process: Process) async throws -> UInt32 {
        while true {
            let text = try? String(contentsOf: directory.appending(path: "backend"), encoding: .utf8)
            if let port = text.flatMap({ UInt32($0) }) { return port }
            guard process.isRunning else {
                throw RunningController.NeverHappened(
                    description: "gRPC's client did not start: is grpcio in \(Self.python)? (hack/setup.sh)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static let python: String = {
        let environment = ProcessInfo.processInfo.environment
        let cache = environment["XDG_CACHE_HOME"] ?? "\(environment["HOME"] ?? "")/.cache"
        return "\(cache)/osm/venv/bin/python"
    }()

    /// The controller's certificate is for its name, so a server of names of its own says that the name is this host's.
    private static let script = #"""
        import json, os, socket, sys, threading, time
        from concurrent import futures

        directory, port, template, target = sys.argv[1:]
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("127.0.0.1", 0))

        def answer():
            while True:
                question, sender = names.recvfrom(512)
                end = question.index(b"\0", 12) + 5
                is_address = question[end - 4 : end - 2] == b"\0\1"
                head = question[:2] + b"\x85\x80\0\1" + (b"\0\1" if is_address else b"\0\0") + b"\0\0\0\0"
                record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if is_address else b""
                names.sendto(head + question[12:end] + record, sender)

        threading.Thread(target=answer, daemon=True).start()
        server = f"osm-controller.osm-system.svc:{port}"
        bootstrap = {
            "xds_servers": [{
                "server_uri": f"dns://127.0.0.1:{names.getsockname()[1]}/{server}",
                "channel_creds": [{"type": "tls", "config": {"ca_certificate_file": f"{directory}/roots.pem"}}],
                "call_creds": [{"type": "jwt_token_file", "config": {"jwt_token_file": f"{directory}/token"}}],
                "server_features": ["xds_v3"],
            }],
            "node": {"id": "grpc"},
            "client_default_listener_resource_name_template": template,
        }
        os.environ["GRPC_XDS_BOOTSTRAP_CONFIG"] = json.dumps(bootstrap)
        os.environ["GRPC_EXPERIMENTAL_XDS_BOOTSTRAP_CALL_CREDS"] = "true"
        os.environ["GRPC_DNS_RESOLVER"] = "ares"
        import grpc

        class Echo(grpc.GenericRpcHandler):
            def service(self, details):
                path = details.method.encode()
                return grpc.unary_unary_rpc_method_handler(lambda request, context: request + b" by " + path)

        backend = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Echo()])
        serving = backend.add_insecure_port("127.0.0.1:0")
        backend.start()
        with open(f"{directory}/backend.new", "w") as file:
            file.write(str(serving))
        os.rename(f"{directory}/backend.new", f"{directory}/backend")
        while not os.path.exists(f"{directory}/go"):
            time.sleep(0.01)

        with grpc.insecure_channel(f"xds:///{target}") as channel:
            try:
                reply = channel.unary_unary("/test.Echo/Say")(b"said", timeout=60)
                print(json.dumps({"reply": reply.decode()}), flush=True)
            except grpc.RpcError as error:
                print(json.dumps({"code": error.code().name, "details": error.details()}), flush=True)
        os._exit(0)
        """#
}
