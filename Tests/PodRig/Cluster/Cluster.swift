import Foundation

/// A real control plane of Kubernetes on a node: `hack/cluster.sh`, whose programs run in the node's namespace.
///
/// What it starts ends with the rig even if the rig is killed.
struct Cluster {
    private let script: String
    private let state: String
    private let node: Namespace
    let kubectl: Kubectl

    /// A cluster that is not up yet, with its files in a directory.
    ///
    /// - Parameters:
    ///   - script: The script `hack/cluster.sh`.
    ///   - kubectl: The program kubectl.
    init(script: String, kubectl: String, state: String, node: Namespace) {
        self.script = script
        self.state = state
        self.node = node
        self.kubectl = Kubectl(
            program: kubectl, kubeconfig: "\(state)/admin.kubeconfig", cache: "\(state)/kubectl", node: node)
    }

    /// Where the API server writes down every request.
    var auditLog: String { "\(state)/audit.log" }
    /// The version of Kubernetes.
    var version: String { (try? String(contentsOfFile: "\(state)/version", encoding: .utf8)) ?? "unknown" }

    func up() throws { try run("up", ["--without-scheduler", "--audit", "--parent", "\(getpid())"]) }

    /// Stops everything, and returns what could not be stopped.
    func down() -> [String] {
        guard FileManager.default.fileExists(atPath: state) else { return [] }
        do { try run("down") } catch { return ["\(error)"] }
        return []
    }

    /// Ends the API server; everything else goes on.
    func stopServer() throws { try run("stop-server") }

    /// Brings the API server back, with what it knew.
    func startServer() throws { try run("start-server") }

    /// Makes etcd forget all but the newest revision of everything.
    func compact() throws { try run("compact") }

    /// The administrator's credentials, as options in a file for curl.
    func requestOptions() throws -> String {
        "cacert = \"\(state)/pki/ca.crt\"\ncert = \"\(state)/pki/admin.crt\"\nkey = \"\(state)/pki/admin.key\"\nnoproxy = \"*\""
    }

    /// The address of the API server, as `HOST:PORT`.
    func serverAddress() throws -> String {
        let server = try String(contentsOfFile: "\(state)/server", encoding: .utf8)
        return server.trimmingCharacters(in: .whitespacesAndNewlines).replacing("https://", with: "")
    }

    /// A kubeconfig of a service account, with a token of it.
    func kubeconfig(of account: String, in namespace: String) throws -> String {
        let token = try kubectl.check(["create", "token", account, "--namespace", namespace, "--duration", "24h"])
        let authority = try Data(contentsOf: URL(filePath: "\(state)/pki/ca.crt")).base64EncodedString()
        return """
            apiVersion: v1
            kind: Config
            clusters:
              - name: rig
                cluster:
                  server: https://\(try serverAddress())
                  certificate-authority-data: \(authority)
            users:
              - name: \(account)
                user:
                  token: \(token.trimmingCharacters(in: .whitespacesAndNewlines))
            contexts:
              - name: rig
                context:
                  cluster: rig
                  user: \(account)
            current-context: rig

            """
    }

    /// The command of a request to the API server by the administrator, for its path and query.
    func request(_ path: String, options: [String] = []) throws -> [String] {
        let pki = "\(state)/pki"
        return node.command(
            ["curl", "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--cacert", "\(pki)/ca.crt"]
                + ["--cert", "\(pki)/admin.crt", "--key", "\(pki)/admin.key"] + options
                + ["https://\(try serverAddress())\(path)"])
    }

    /// Sends an object, and returns the answer.
    ///
    /// - Parameters:
    ///   - path: the path of a collection or an object.
    ///   - method: the HTTP method.
    ///   - body: JSON.
    ///   - type: the media type of the body.
    @discardableResult
    func send(_ path: String, method: String, body: String, type: String = "application/json") throws -> String {
        let options = ["--max-time", "30", "--request", method, "--header", "Content-Type: \(type)", "--data", body]
        return try Command(try request(path, options: options)).check()
    }

    private func run(_ command: String, _ options: [String] = []) throws {
        // What the script starts outlives it, and must not hold what the rig's own `Process` waits for.
        let closing = "for fd in /proc/self/fd/*; do n=${fd##*/}; ((n < 3)) || eval \"exec $n>&-\"; done; exec \"$@\""
        let words = ["/bin/bash", "-c", closing, "bash", script, command, "--state", state] + options
        try Command(node.command(words)).check()
    }
}
