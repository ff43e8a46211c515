/// The targets of the package as Package.swift lists them, read as text.
struct PackageManifest {
    struct Target: Equatable {
        let name: String
        /// The directory of its sources, from the package's root.
        let path: String
        /// The targets of this package that it depends on.
        let targets: [String]
        /// The products of other packages that it depends on.
        let products: [String]
        let isTest: Bool
    }

    /// In the order of the list.
    let targets: [Target]

    init(_ text: String) {
        let productNames = Self.productNames(in: text)
        let list = text.components(after: "    targets: [").components(before: "\n    ]\n")
        let kinds = [".executableTarget(", ".testTarget(", ".target("]
        var targets: [Target] = []
        var rest = list[...]
        while let (kind, start) = kinds.compactMap({ kind in rest.firstRange(of: kind).map { (kind, $0) } })
            .min(by: { $0.1.lowerBound < $1.1.lowerBound })
        {
            rest = rest[start.upperBound...]
            let next = kinds.compactMap { rest.firstRange(of: $0)?.lowerBound }.min() ?? rest.endIndex
            let body = String(rest[..<next])
            rest = rest[next...]
            let name = body.components(after: "name: \"").components(before: "\"")
            let dependencies =
                body.contains("dependencies: [")
                ? body.components(after: "dependencies: [").components(before: "]").split { ", \n".contains($0) } : []
            let path = body.contains("path: \"") ? body.components(after: "path: \"").components(before: "\"") : nil
            let isTest = kind == ".testTarget("
            targets.append(
                Target(
                    name: name, path: path ?? "\(isTest ? "Tests" : "Sources")/\(name)",
                    targets: dependencies.filter { $0.hasPrefix("\"") }.map { $0.filter { $0 != "\"" } },
                    products: dependencies.filter { !$0.hasPrefix("\"") }.map {
                        productNames[String($0)] ?? String($0)
                    },
                    isTest: isTest))
        }
        self.targets = targets
    }

    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// The targets from the top of the list to the one of a name.
    func targets(through name: String) -> ArraySlice<Target> {
        targets[...(targets.firstIndex { $0.name == name } ?? targets.startIndex)]
    }

    /// The names of products by those of the constants that stand for them.
    private static func productNames(in text: String) -> [String: String] {
        var names: [String: String] = [:]
        for part in "\n\(text)".split(separator: "\nlet ") where part.contains("Target.Dependency = .product(") {
            let name = String(part).components(after: "name: \"").components(before: "\"")
            names[String(part.prefix { $0 != ":" })] = name
        }
        return names
    }
}

extension String {
    /// The text after the first occurrence of another; empty if there is none.
    fileprivate func components(after other: String) -> String {
        firstRange(of: other).map { String(self[$0.upperBound...]) } ?? ""
    }

    /// The text before the first occurrence of another; all of it if there is none.
    fileprivate func components(before other: String) -> String {
        firstRange(of: other).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
