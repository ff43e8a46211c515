internal import ArgumentParser
internal import FoundationEssentials
internal import MeshModel

/// A request to the administration interface of a sidecar.
struct ProxyRequest: ParsableArguments {
    @Argument(help: "What is asked for: a path of Envoy's administration interface, such as config_dump.")
    var query: String

    @Argument(help: "The pod.")
    var pod: String

    @Option(name: [.customShort("n"), .long], help: "The namespace of the pod.")
    var namespace = "default"

    @Option(name: [.customShort("f"), .long], help: "The file to write the answer to.")
    var file: String?

    @Option(name: [.customShort("p"), .long], help: "The port of this host to forward from; any free one by default.")
    var localPort: UInt16 = 0

    init() {}

    func run(isPost: Bool, _ options: GlobalOptions) async throws {
        let name = ObjectName(namespace: namespace, name: pod)
        let action =
            "\(isPost ? "Error setting" : "Error retrieving") proxy config for pod \(pod) in namespace \(namespace)"
        let answer = try await options.withCluster(action) { cluster in
            _ = try await cluster.runningMeshPod(name)
            let path = (query.hasPrefix("/") ? query : "/\(query)").requestTarget
            return try await cluster.ask(
                name, port: ClusterConnection.proxyAdministration, path: path, isPost: isPost, localPort: localPort)
        }
        guard (200..<300).contains(answer.status) else {
            throw CommandFailure(
                action, because: "Envoy answered \(answer.status) to `\(query)`: \(answer.firstLine)",
                advice: "see `osm proxy get help \(pod) -n \(namespace)` for what it answers")
        }
        guard let file else { return options.console.write(answer.text) }
        do {
            try Data(answer.body).write(to: URL(filePath: file))
        } catch {
            throw CommandFailure("writing the answer to \(file)", because: "\(error)")
        }
    }
}

extension String {
    /// The text with everything percent-encoded that no path with a query may hold.
    fileprivate var requestTarget: String {
        var target = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "!")...UInt8(ascii: "~") where !##""#<>\^`{|}"##.utf8.contains(byte):
                target.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                target += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return target
    }
}
