internal import FoundationEssentials

extension ClusterAccess {
    /// The access that a kubeconfig describes.
    ///
    /// - Parameters:
    ///   - path: The file; `nil` for those of `$KUBECONFIG` (a list, merged as kubectl does), else `~/.kube/config`.
    ///   - context: The context; `nil` for the current one.
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    public static func kubeconfig(path: String? = nil, context: String? = nil) throws -> ClusterAccess {
        try kubeconfig(path: path, context: context, environment: ProcessInfo.processInfo.environment)
    }

    static func kubeconfig(path: String?, context: String?, environment: [String: String]) throws -> ClusterAccess {
        var paths: [String]
        if let path {
            paths = [path]
        } else {
            paths = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
            if paths.isEmpty, let home = environment["HOME"] { paths = ["\(home)/.kube/config"] }
        }
        var merged = Kubeconfig()
        var isFound = false
        for path in paths {
            // Of a list, files that do not exist are skipped, as kubectl does.
            guard FileManager.default.fileExists(atPath: path) else { continue }
            isFound = true
            let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
            let directory = absolute[..<(absolute.lastIndex(of: "/") ?? absolute.startIndex)]
            let yaml = try TextFile.read(path, "the kubeconfig")
            merged.merge(try Kubeconfig(yaml: yaml, directory: directory.isEmpty ? "/" : String(directory), path: path))
        }
        guard isFound else {
            let places = paths.isEmpty ? "~/.kube/config" : paths.joined(separator: ", ")
            throw KubernetesError(
                .configuration, "no kubeconfig at \(places): name one with --kubeconfig or KUBECONFIG")
        }
        return try merged.access(context: context) { try TextFile.read($0, $1) }
    }
}

/// Files that hold text.
enum TextFile {
    /// What a file holds.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - meaning: What messages call it.
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    static func read(_ path: String, _ meaning: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw KubernetesError(.configuration, "\(path): \(meaning) cannot be read", cause: error)
        }
    }
}
