import Foundation

/// What containers printed, also those of pods that are gone.
struct NodeLogs {
    /// `logs/NAMESPACE_POD_UID/CONTAINER/RESTART.log` of the node.
    let directory: String

    init(_ cluster: NodeCluster) { directory = "\(cluster.nodeDirectory)/logs" }

    /// The lines of a container of all pods of a Deployment, with the pod.
    func lines(of deployment: String, in namespace: String, container: String) -> [(pod: String, line: Substring)] {
        let pods = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let matching = pods.filter { $0.hasPrefix("\(namespace)_\(deployment)-") && Self.isOne($0, of: deployment) }
        return matching.sorted().flatMap { pod -> [(pod: String, line: Substring)] in
            let place = "\(directory)/\(pod)/\(container)"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            return files.sorted().flatMap { file -> [(pod: String, line: Substring)] in
                let text = (try? String(contentsOfFile: "\(place)/\(file)", encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map { (pod, $0) }
            }
        }
    }

    /// `client` is not `client-rude`: a pod's name has two parts more than its Deployment's.
    private static func isOne(_ pod: String, of deployment: String) -> Bool {
        let name = pod.split(separator: "_")[1]
        return name.split(separator: "-").count == deployment.split(separator: "-").count + 2
    }

    /// The sums of all loads of a Deployment.
    func load(of deployment: String, in namespace: String) -> LoadReport {
        lines(of: deployment, in: namespace, container: "app")
            .compactMap { try? JSONDecoder().decode(LoadReport.self, from: Data($0.line.utf8)) }
            .filter { $0.total != true }.reduce(.nothing, +)
    }

    /// The calls that failed for the clients of a Deployment, and how.
    func failedCalls(of deployment: String, in namespace: String) -> [String: String] {
        struct Failed: Decodable {
            let call: String
            let failed: String
        }
        let calls = lines(of: deployment, in: namespace, container: "app")
            .compactMap { try? JSONDecoder().decode(Failed.self, from: Data($0.line.utf8)) }
        return Dictionary(calls.map { ($0.call, $0.failed) }) { first, _ in first }
    }

    /// The requests that the applications of a Deployment have begun, by their targets.
    func begun(by deployment: String, in namespace: String) -> Set<String> {
        struct Step: Decodable {
            let step: String
            let uri: String
        }
        let steps = lines(of: deployment, in: namespace, container: "app")
            .compactMap { try? JSONDecoder().decode(Step.self, from: Data($0.line.utf8)) }
        return Set(steps.filter { $0.step == "begun" }.map(\.uri))
    }
}
