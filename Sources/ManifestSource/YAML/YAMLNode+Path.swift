extension YAMLNode {
    /// The line of the field at a path such as `spec.backends[1].weight`, or of the last field on the way to it
    /// that is there.
    func line(at path: String) -> Int {
        var node = self
        var line = self.line
        for step in Self.steps(of: path) {
            guard let (next, nextLine) = node.step(step) else { break }
            node = next
            line = nextLine
        }
        return line
    }

    private func step(_ step: Substring) -> (YAMLNode, line: Int)? {
        switch value {
        case .map(let fields):
            return fields.first { $0.key == step }.map { ($0.value, $0.line) }
        case .list(let items):
            if let index = Int(step) {
                return items.indices.contains(index) ? (items[index], items[index].line) : nil
            }
            // A list of maps of one entry, such as the headers of a route group, is addressed like a map.
            for item in items {
                if let found = item.step(step) { return found }
            }
            return nil
        case .null, .boolean, .integer, .number, .text:
            return nil
        }
    }

    /// The keys and indices of a path: those in brackets may hold dots.
    private static func steps(of path: String) -> [Substring] {
        var steps: [Substring] = []
        var rest = Substring(path)
        while let first = rest.first {
            if first == "[" {
                rest.removeFirst()
                let step = rest.prefix { $0 != "]" }
                steps.append(step)
                rest = rest.dropFirst(step.count + 1)
            } else if first == "." {
                rest.removeFirst()
            } else {
                let step = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(step)
                rest = rest.dropFirst(step.count)
            }
        }
        return steps
    }
}
