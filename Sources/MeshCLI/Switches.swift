/// The original's switches, which may be written with a value as well: `--force=true`, `--all=false`.
enum Switches {
    private static let names: Set<Substring> = [
        "accept", "all", "atomic", "client-only", "delete", "delete-cluster-wide-resources", "delete-namespace",
        "disable-sidecar-injection", "force", "ingress", "verbose", "version-only",
    ]

    /// A command line in which switches have no values: those that are off are not there.
    ///
    /// What stands behind `--` is left as it is.
    static func plain(_ arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 != "--" }
        return options.compactMap(plain) + arguments.dropFirst(options.count)
    }

    private static func plain(_ word: String) -> String? {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("--"), names.contains(parts[0].dropFirst(2)) else { return word }
        guard let isOn = isOn(parts[1]) else { return word }
        return isOn ? String(parts[0]) : nil
    }

    /// A Boolean as Go reads it; `nil` if it is none.
    static func isOn(_ text: some StringProtocol) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "1": true
        case "false", "f", "0": false
        default: nil
        }
    }
}
