import ArgumentParser
import Foundation
import UnixSignals

/// Runs the node until a signal.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Registers a node and runs the pods that are bound to it; to be started inside `NodeRig enter`.")

    @Option(help: "The administrator's kubeconfig.") var kubeconfig: String
    @Option(help: "A YAML list of images: `name` (a pattern), `entrypoint`, `files` (path in the image: file here).")
    var images: String?
    @Option(
        parsing: .singleValue,
        help: """
            PATTERN=FILE:PATH: an image whose entry point is PATH, which is FILE here; `PATTERN=` has only the programs of \
            this machine. Repeatable.
            """)
    var image: [String] = []
    @Option(help: "The directory for everything that is written; logs stay there.") var state: String
    @Option(help: "The node's name.") var nodeName = "node"
    @Option(
        parsing: .singleValue,
        help: "A file with pods, or a directory of such, that run past the API server's checks. Repeatable.")
    var pod: [String] = []
    @Option(help: "The port of the node's own endpoint.") var kubeletPort = 10_250
    @Option(help: "The wait before a container's second restart, in seconds; later ones wait twice as long each.")
    var backOff = 1.0
    @Option(help: "When tokens are renewed, in seconds, if before 80 % of their time.") var tokenRefresh: Int?
    @Option(help: "A file that is written once the node is ready.") var readyFile: String?

    func run() async throws {
        let api = try APIClient(kubeconfig: kubeconfig)
        let directory = URL(filePath: state).standardizedFileURL.path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let node = Node(
            settings: .init(
                name: nodeName, directory: directory, backOff: .seconds(backOff),
                tokenRefresh: tokenRefresh.map { .seconds($0) }),
            api: api, images: try await ImageTable(file: images, options: image), network: PodNetwork(),
            events: EventRecorder(api: api, nodeName: nodeName), services: ObjectStore(), configMaps: ObjectStore(),
            secrets: ObjectStore(), files: PodFileStore(api: api, nodeName: nodeName, paths: pod))
        let agent = NodeAgent(node, pods: ObjectStore(), slices: ObjectStore(), kubeletPort: kubeletPort)
        let (name, readyFile) = (nodeName, readyFile)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await agent.run {
                    Console.say("\(name) is ready")
                    if let readyFile { try? Data("ready\n".utf8).write(to: URL(filePath: readyFile)) }
                }
            }
            group.addTask { for await _ in signals { return } }
            // The signal, or a failure.
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
        await api.shutdown()
        Console.say("\(name) has ended")
    }
}
