/// The rules of the package.
///
/// Each takes files and returns what breaks it, as `path: what`.
enum Rules {
    /// What any target may import.
    static let standardModules: Set<String> = [
        "CoreFoundation", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]
    /// Modules of a product whose name is not the product's own.
    static let furtherModules = [
        "GRPCNIOTransportHTTP2": ["GRPCNIOTransportCore", "GRPCNIOTransportHTTP2Posix"],
        "ServiceLifecycle": ["UnixSignals"],
        "Subprocess": ["SystemPackage"],
    ]
    /// What single targets may import beside: a test program has no other way to hear of a signal.
    static let exceptions: [String: Set<String>] = ["PodApp": ["Dispatch"]]

    /// A target imports what it declares, of this package only what stands above it.
    static func imports(of target: PackageManifest.Target, _ manifest: PackageManifest, _ files: [SourceFile])
        -> [String]
    {
        let above = Set(manifest.targets(through: target.name).map(\.name)).subtracting([target.name])
        // A module is named as its target, in letters that Swift takes.
        let modules = target.targets.map { $0.replacing("-", with: "_") }
        var allowed = standardModules.union(modules).union(target.products)
        for product in target.products { allowed.formUnion(furtherModules[product] ?? []) }
        if target.isTest { allowed.insert("Testing") }
        allowed.formUnion(exceptions[target.name] ?? [])
        let undeclared = files.flatMap { file in
            file.imports.filter { !allowed.contains($0) }.map { "\(file.path): imports \($0), which is not declared" }
        }
        let below = target.targets.filter { !above.contains($0) }.map {
            "\(target.name): depends on \($0), which is below"
        }
        return undeclared + below
    }

    /// Only some modules of this package are imported.
    static func imports(ofThisPackage own: Set<String>, only allowed: Set<String>, _ files: [SourceFile]) -> [String] {
        files.flatMap { file in
            file.imports.filter { own.contains($0) && !allowed.contains($0) }.map { "\(file.path): imports \($0)" }
        }
    }

    /// What pure code does not have: concurrency, clocks, logs, networks.
    static let impureWords = [
        "async", "await", "actor", "Date", "ContinuousClock", "SuspendingClock", "clock_gettime", "gettimeofday",
        "time",
        "DispatchTime", "Process", "URLSession", "FileManager", "Logger", "SystemRandomNumberGenerator", "getenv",
        "ProcessInfo", "print", ".now",
    ]
    static let impureModules: Set<String> = [
        "Logging", "Metrics", "ServiceLifecycle", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "NIOWebSocket",
        "AsyncHTTPClient", "GRPCCore", "GRPCNIOTransportHTTP2", "FoundationNetworking", "Dispatch", "Subprocess",
    ]

    /// Pure files are free of what is not, but for the exceptions, which must all be needed.
    static func purity(_ files: [SourceFile], except exceptions: [String: Set<String>] = [:]) -> [String] {
        var unused = exceptions
        var broken: [String] = []
        for file in files where !file.isGenerated {
            let modules = file.imports.filter(impureModules.contains).map { "imports \($0)" }
            // An instant may be an argument; only whoever asks the clock has one.
            let lines = file.codeLines.map { $0.replacing("ContinuousClock.Instant", with: "Instant") }
            let words = impureWords.filter { word in lines.contains { holds(word, $0) } }.map { "uses \($0)" }
            for found in modules + words {
                if exceptions[file.path]?.contains(found) == true {
                    unused[file.path]?.remove(found)
                } else {
                    broken.append("\(file.path): \(found)")
                }
            }
        }
        return broken + unused.flatMap { path, rest in rest.map { "\(path): no longer \($0)" } }.sorted()
    }

    /// What is allowed nowhere.
    static let forbidden = [
        "@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency", "try!", "as!", "fatalError",
        "Task.detached",
    ]

    /// No file holds what is allowed nowhere.
    static func safety(_ files: [SourceFile]) -> [String] {
        files.filter { !$0.isGenerated }.flatMap { file in
            let lines = file.codeLines
            return forbidden.filter { word in lines.contains { holds(word, $0) } }.map { "\(file.path): holds \($0)" }
        }
    }

    /// No task is started that nobody waits for.
    static func bareTasks(_ files: [SourceFile]) -> [String] {
        files.filter { !$0.isGenerated }.flatMap { file in
            let lines = file.codeLines.map { $0.split(separator: " ").joined(separator: " ") }
            return lines.filter { line in
                guard holds("Task {", line[...]) else { return false }
                guard let name = line.wholeMatch(of: /let (\w+) = Task \{.*/)?.output.1 else { return true }
                return !lines.contains { $0.contains("await \(name).value") }
            }
            .map { _ in "\(file.path): starts a bare Task" }
        }
    }

    /// No file that a person wrote is longer than 400 lines.
    static func length(_ files: [SourceFile]) -> [String] {
        files.filter { !$0.isGenerated }.compactMap { file in
            let count = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
            return count > 400 ? "\(file.path): has \(count) lines" : nil
        }
    }

    /// Names of others that have such a word in them: a message of Envoy, and cert-manager.
    static let foreignNames = ["HttpConnectionManager", "CertManager"]

    /// No file is named for a role; what others have named keeps its name.
    static func names(_ files: [SourceFile]) -> [String] {
        files.compactMap { file in
            let last = file.path.split(separator: "/").last.map(String.init) ?? ""
            let name = foreignNames.reduce(last) { $0.replacing($1, with: "") }
            let role = ["Utils", "Util.", "Utilities", "Manager", "Helper"].first { name.contains($0) }
            return role.map { "\(file.path): is named for a role, \($0.filter { $0 != "." })" }
        }
    }

    /// Whether a line holds a word: no letter or digit continues it, and it is no member or label.
    private static func holds(_ word: String, _ line: Substring) -> Bool {
        func continues(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return line.ranges(of: word).contains { range in
            let before = line[..<range.lowerBound].last
            let after = line[range.upperBound...].first
            let isContinued = continues(word.first) && continues(before) || continues(word.last) && continues(after)
            return !isContinued && before != "." && after != ":"
        }
    }
}
