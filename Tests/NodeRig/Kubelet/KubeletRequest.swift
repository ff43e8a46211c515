import Foundation
import Synchronization

/// What the API server wants of the node: `/WHAT/NAMESPACE/POD[/CONTAINER]?PARAMETERS`.
struct KubeletRequest: Sendable {
    /// The words of the path.
    let words: [String]
    private let parameters: [URLQueryItem]

    init(_ target: String) {
        // Go writes blanks as pluses.
        let components = URLComponents(string: target.replacing("+", with: "%20"))
        words = (components?.path ?? "").split(separator: "/").map(String.init)
        parameters = components?.queryItems ?? []
    }

    /// All values of a parameter, in order.
    func all(_ name: String) -> [String] { parameters.filter { $0.name == name }.compactMap(\.value) }

    private func isSet(_ name: String) -> Bool { ["1", "true"].contains(all(name).first) }

    /// How many streams a program needs beside the one for errors.
    var wantedStreams: Int { ["input", "output", "error"].count { isSet($0) } }

    /// The pod that is meant.
    func pod(of agent: NodeAgent) -> PodAgent? { words.count > 2 ? agent.agent(words[1], words[2]) : nil }

    /// The log that is wanted.
    func log(of agent: NodeAgent) -> LogReader? {
        guard let pod = pod(of: agent), let name = words.last, let record = pod.snapshot[name] else { return nil }
        let directory = pod.logDirectory(of: name)
        let number = isSet("previous") ? record.restarts - 1 : record.restarts
        // A container that waits for its next run still has what the last one printed.
        let path = "\(directory)/\(number).log"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let tail = all("tailLines").first.flatMap { Int($0) }
        return LogReader(path: path, tail: tail, followed: isSet("follow") ? pod.run(of: name) : nil)
    }
}

extension PodAgent {
    /// The file of the pod's network namespace; `nil` if it has the node's network.
    var networkFile: String? { live.withLock(\.place)?.path }
}
