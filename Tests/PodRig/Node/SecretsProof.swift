import Foundation

/// Where keys are.
struct SecretsProof: NodeProof {
    let name = "secrets"
    let promise = "no private key is in etcd, on the node, or in what kubectl shows, but that of the roots' own Secret"

    /// How a private key begins in PEM, as it is and in Base64, as far as all kinds have it in common.
    private static let marks = ["PRIVATE KEY-----", "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS", "LS0tLS1CRUdJTiBFQyBQUklWQVRFI"]

    func run(_ run: NodeRun) throws -> String {
        let namespace = "secrets"
        try run.makeNamespace(namespace, accounts: ["server"])
        try run.apply(
            NodeManifests.deployment("server", in: namespace, arguments: ["serve", "--http=8080", "--name=server"]))
        try run.cluster.awaitRollouts(in: namespace)

        let keys = try etcdKeys(run)
        let holders = keys.filter { key in Self.marks.contains { key.value.contains($0) } }.map(\.key).sorted()
        run.expect(
            "objects in etcd that hold a private key",
            [
                "/registry/secrets/osm-system/osm-ca-bundle", "/registry/secrets/osm-system/osm-control-plane-ca",
            ], holders)
        let control = "\(run.cluster.nodeDirectory)/control"
        try Data("-----BEGIN EC PRIVATE KEY-----\n".utf8).write(to: URL(filePath: control))
        run.expect("the search finds a key", [control], try filesWithKeys(in: run.cluster.nodeDirectory))
        try FileManager.default.removeItem(atPath: control)
        let files = try filesWithKeys(in: run.cluster.nodeDirectory)
        run.expect("files of the node and its pods that hold a private key", [], files)
        let shown = try run.kubectl.check(
            [
                "get", "pods,configmaps,secrets,deployments,replicasets,events,mutatingwebhookconfigurations",
                "--all-namespaces", "-o",
                "jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {@}{\"\\n\"}{end}",
            ])
        let objects = shown.split(separator: "\n")
        let showing = objects.filter { line in Self.marks.contains { line.contains($0) } }
            .map { String($0.prefix { $0 != " " }) }
        run.expect(
            "objects that show a private key",
            ["Secret/osm-system/osm-ca-bundle", "Secret/osm-system/osm-control-plane-ca"], showing)
        try run.remove(namespace)
        return "\(keys.count) keys of etcd, \(objects.count) objects and all files of the node: the roots' Secret alone"
    }

    /// All that etcd holds, by key.
    private func etcdKeys(_ run: NodeRun) throws -> [(key: String, value: String)] {
        struct Answer: Decodable {
            struct Pair: Decodable {
                let key: Data
                let value: Data?
            }
            let kvs: [Pair]
        }
        let ports = try String(contentsOfFile: "\(run.cluster.directory)/cluster/ports", encoding: .utf8)
        let port = ports.split(whereSeparator: \.isWhitespace)[0]
        let output = "\(run.cluster.directory)/etcd.json"
        // From the key of one zero byte to the end.
        try Command([
            "curl", "-s", "-f", "--noproxy", "*", "-X", "POST", "http://127.0.0.1:\(port)/v3/kv/range", "-d",
            #"{"key": "AA==", "range_end": "AA=="}"#, "-o", output,
        ]).check()
        let answer = try JSONDecoder().decode(Answer.self, from: Data(contentsOf: URL(filePath: output)))
        try FileManager.default.removeItem(atPath: output)
        return answer.kvs.map {
            (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value ?? Data(), as: UTF8.self))
        }
    }

    private func filesWithKeys(in directory: String) throws -> [String] {
        let words = ["grep", "-rlaE", Self.marks.joined(separator: "|"), directory]
        return try Command(words).run().output.split(separator: "\n").map(String.init).sorted()
    }
}
