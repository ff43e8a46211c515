import Crypto
import Foundation
import GRPCCore
import MeshModel
import Synchronization
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

/// Suites that look at the memory of the process: none of their tests runs beside another of them.
@Suite("Memory of the process", .serialized)
enum MemoryTests {}

extension MemoryTests {
    /// Clients that mean ill, on the assembled controller over TLS, beside a proxy that does not.
    ///
    /// Tokens that are merely absent, expired or of another pod are the subject of ``IdentityTests``.
    @Suite("Hostile clients of the xDS port", .serialized)
    struct HostileTests {
        private let mesh = TestMesh(services: 12)

        /// The proxy beside, an edit for it after each attack, and the count of those that it acknowledged.
        private final class Neighbour: Sendable {
            let edits = Mutex(0)
            let running: RunningController
            private let mesh: TestMesh

            init(_ running: RunningController, _ mesh: TestMesh) {
                self.running = running
                self.mesh = mesh
            }

            /// Changes the split that pod 11 sees, and waits until its proxy has it.
            func edit() async throws {
                let number = edits.withLock { count in
                    count += 1
                    return count
                }
                let revision = running.cache.revision
                try running.save("split.yaml", mesh.split(number, 1_000))
                try await running.until("edit \(number) is published") { running.cache.revision > revision }
                try await running.settled([running.proxy("s0011")])
            }
        }

        /// Runs a body beside a proxy that must get an edit whenever the body asks for it.
        private func beside(_ body: @escaping @Sendable (RunningController, Neighbour) async throws -> Void)
            async throws
        {
            let mesh = mesh
            try await RunningController.with(mesh.files) { running in
                // Pod 11 may call service 0, the apex of the split.
                let proxy = TestProxy(nodeID: "s0011")
                let token = try await running.token(of: "s0011")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM) }
                    group.addTask {
                        try await running.settled([running.proxy("s0011")])
                        let neighbour = Neighbour(running, mesh)
                        let start = running.log.count
                        try await body(running, neighbour)
                        let updates = running.log.lines("update acknowledged", from: start)
                            .filter { $0.metadata["proxy"] == "shop/s0011" && $0.number("resources") == 1 }
                        #expect(updates.count == neighbour.edits.withLock(\.self))
                        #expect(
                            running.log.lines("proxy disconnected").allSatisfy { $0.metadata["proxy"] != "shop/s0011" })
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
        }

        private func client(_ running: RunningController, _ token: String?) -> HostileClient {
            HostileClient(port: running.port, rootsPEM: running.rootsPEM, token: token)
        }

        /// The value of the header by the name of the forgery.
        private func forgeries(_ running: RunningController) async throws -> [(name: String, authorization: String)] {
            let token = try await running.token(of: "s0001")
            let genuine = try HostileToken(token)
            let key = try running.tokenKey()
            let publicKey = Data(key.publicKey.pemRepresentation.utf8)
            // What is done to the others leaves a token that is good.
            let control = try genuine.signed(key)
            #expect(try await client(running, control).isServed())
            return try [
                ("an audience that is not ours", genuine.claim("aud", ["https://kubernetes.default.svc"]).signed(key)),
                ("no audience", genuine.claim("aud", [String]()).signed(key)),
                ("another issuer", genuine.claim("iss", "https://other.example").signed(key)),
                ("another key under the known id", genuine.signed(P256.Signing.PrivateKey())),
                ("another key under its own id", genuine.header("kid", "mine").signed(P256.Signing.PrivateKey())),
                ("alg none, unsigned", genuine.header("alg", "none").unsigned()),
                ("alg none, signed", genuine.header("alg", "none").signed(key)),
                ("a public key taken for a secret", genuine.header("alg", "HS256").authenticated(publicKey)),
                ("claims exchanged under a good signature", genuine.claim("exp", 4_000_000_000).withFormerSignature()),
                ("an end that is past", genuine.claim("exp", 1_000).signed(key)),
                ("a begin that is to come", genuine.claim("nbf", 4_000_000_000).signed(key)),
                ("another subject", genuine.claim("sub", "system:serviceaccount:shop:s0002").signed(key)),
                ("no pod", genuine.claim("kubernetes.io", ["namespace": "shop"]).signed(key)),
                ("8 KiB of nothing", String(repeating: "a", count: 8 << 10)),
                ("dots", ".."),
                ("nothing", ""),
            ].map { ($0.0, "Bearer \($0.1)") } + [
                ("another scheme", "Basic \(token)"), ("no scheme", token),
                ("a scheme in small letters", "bearer \(token)"),
            ]
        }

        @Test("whoever forges a token is told that it is not accepted, and no more")
        func forgedTokens() async throws {
            try await beside { running, neighbour in
                let forgeries = try await forgeries(running)
                for (name, authorization) in forgeries {
                    var client = client(running, nil)
                    client.authorization = authorization
                    let error = await #expect(throws: RPCError.self, "\(name)") {
                        try await client.stream { _ in try await Task.sleep(for: .seconds(600)) }
                    }
                    #expect(error?.code == .unauthenticated, "\(name)")
                    #expect(error?.message.contains("shop") == false, "\(name)")
                    try await neighbour.edit()
                }
                let refused = running.log.lines("stream refused")
                #expect(refused.count == forgeries.count)
                for line in refused { #expect(line.metadata["error"]?.contains("eyJ") != true, "no token is logged") }
                print("figure: \(forgeries.count) forged tokens, \(refused.count) refused as unauthenticated")
            }
        }

        @Test("the token of a pod that was deleted is refused, though it has not ended")
        func deletedPod() async throws {
            try await beside { running, neighbour in
                let account = """
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {name: s0050, namespace: shop, uid: account-s0050}

                    """
                let revision = running.cache.revision
                try running.save("late.yaml", account + "---\n" + mesh.pod(50))
                try await running.until("the pod is there") { running.cache.revision > revision }
                let token = try await running.token(of: "s0050")
                #expect(try await client(running, token).isServed())
                try running.save("late.yaml", account)
                try await running.until("the pod is gone") {
                    running.cache.progress(of: running.proxy("s0050")) == nil
                }
                #expect(try await client(running, token).status() == .unauthenticated)
                try await neighbour.edit()
            }
        }

        @Test("a pod that gets another ServiceAccount under its uid loses the stream of the former one")
        func anotherAccount() async throws {
            try await beside { running, neighbour in
                let accounts = ["s0050", "s0051"].map { name in
                    """
                    ---
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {name: \(name), namespace: shop, uid: account-\(name)}

                    """
                }.joined()
                let pod = mesh.pod(50)
                try running.save("late.yaml", accounts + pod)
                let token = try await running.token(of: "s0050")
                let proxy = TestProxy()
                let roots = running.rootsPEM
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await proxy.run(port: running.port, token: token, rootsPEM: roots) }
                    try await running.until("it is served") { proxy.received.responses.count >= 3 }
                    let account = "serviceAccountName: s0050"
                    #expect(pod.contains(account))
                    try running.save(
                        "late.yaml",
                        accounts + pod.replacingOccurrences(of: account, with: "serviceAccountName: s0051"))
                    let error = await #expect(throws: RPCError.self) { try await group.next() }
                    #expect(error?.code == .unauthenticated)
                }
                try await neighbour.edit()
            }
        }

        /// What a client with a good token may send that no proxy does.
        private enum Abuse: CaseIterable {
            case noRequest, truncatedRequest, tooLarge, farTooLarge, flood, manyNames, manyNamesBitByBit

            /// The status with which the stream ends, one of these; `nil` for whichever.
            var statuses: Set<RPCError.Code>? {
                switch self {
                case .noRequest, .truncatedRequest: [.invalidArgument]
                case .tooLarge, .manyNames, .manyNamesBitByBit: [.resourceExhausted]
                // Who never stops writing may find the connection closed before it reads why.
                case .flood: [.resourceExhausted, .unavailable]
                // Its bytes are not even awaited.
                case .farTooLarge: nil
                }
            }

            func send(_ writer: HostileClient.Writer) async throws {
                switch self {
                case .noRequest: try await writer.write((0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 37 | 7) })
                case .truncatedRequest:
                    try await writer.write(HostileClient.request(TestProxy.cluster, ["a", "b"]).dropLast())
                case .tooLarge: try await writer.write([UInt8](repeating: 0x1a, count: 2 << 20 + 1))
                case .farTooLarge: try await writer.write([UInt8](repeating: 0x1a, count: 8 << 20))
                case .flood:
                    let request = try HostileClient.request(TestProxy.cluster, nonce: "none")
                    while true { try await writer.write(request) }
                case .manyNames:
                    try await writer.write(HostileClient.request(TestProxy.endpoints, (0..<200_000).map { "n\($0)" }))
                case .manyNamesBitByBit:
                    for part in 0..<200 {
                        let names = (0..<1_000).map { "n\(part)-\($0)" }
                        try await writer.write(HostileClient.request(TestProxy.endpoints, names))
                    }
                }
            }
        }

        @Test("whoever abuses a good token loses the stream, with the status that says why, and holds up nobody")
        func abuses() async throws {
            try await beside { running, neighbour in
                let token = try await running.token(of: "s0001")
                let client = client(running, token)
                let before = try ResidentMemory.bytes()
                for abuse in Abuse.allCases {
                    // Four at once, then the proxy beside them gets its edit meanwhile or afterwards.
                    let codes = try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                        for _ in 0..<AggregatedDiscovery.maximumStreams {
                            group.addTask { try await client.status { try await abuse.send($0) } }
                        }
                        try await neighbour.edit()
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    for code in codes {
                        let code = try #require(code, "\(abuse)")
                        if let statuses = abuse.statuses { #expect(statuses.contains(code), "\(abuse)") }
                    }
                    try await neighbour.edit()
                    try await running.until("the streams are over") {
                        running.cache.progress(of: running.proxy("s0001"))?.isConnected == false
                    }
                }
                let growth = try ResidentMemory.bytes() - before
                #expect(growth < 400 << 20)
                // Who was thrown out may come back and behave.
                #expect(try await client.isServed())
                let edits = neighbour.edits.withLock(\.self)
                print(
                    """
                    figure: \(Abuse.allCases.count) abuses, four streams each, all ended by the server; \(growth >> 20) MiB \
                    more resident; \(edits) of \(edits) edits acknowledged by the proxy beside them
                    """)
            }
        }

        @Test("of twenty streams with one token four are served, and there is room again when they end")
        func manyStreams() async throws {
            try await beside { running, neighbour in
                let client = try await client(running, running.token(of: "s0001"))
                for _ in 0..<2 {
                    let refused = try await withThrowingTaskGroup(of: RPCError.Code?.self) { group in
                        for _ in 0..<20 {
                            group.addTask {
                                try await client.status { try await $0.write(HostileClient.request(TestProxy.cluster)) }
                            }
                        }
                        var refused: [RPCError.Code?] = []
                        for _ in 0..<(20 - AggregatedDiscovery.maximumStreams) {
                            if let code = try await group.next() { refused.append(code) }
                        }
                        #expect(running.cache.progress(of: running.proxy("s0001"))?.isConnected == true)
                        try await neighbour.edit()
                        group.cancelAll()
                        return refused
                    }
                    #expect(refused.allSatisfy { $0 == .resourceExhausted })
                    #expect(refused.count == 20 - AggregatedDiscovery.maximumStreams)
                    try await running.until("the streams are over") {
                        running.cache.progress(of: running.proxy("s0001"))?.isConnected == false
                    }
                }
            }
        }
    }
}

extension HostileClient {
    /// Whether a stream that behaves gets a response.
    fileprivate func isServed() async throws -> Bool {
        let count = Mutex(0)
        try? await stream { writer in
            try await writer.write(Self.request(TestProxy.cluster))
            while count.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(2)) }
        } receive: { messages in
            for try await _ in messages { count.withLock { $0 += 1 } }
        }
        return count.withLock { $0 } > 0
    }
}
