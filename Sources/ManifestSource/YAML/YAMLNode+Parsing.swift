internal import Yams

/// Why a text is no YAML, and where.
struct YAMLFault: Error, Equatable {
    /// The line in the file, from 1.
    let line: Int
    /// What is wrong.
    let message: String
}

extension YAMLNode {
    /// The greatest number of values in one document once its aliases are expanded.
    static let greatestSize = 1_000_000
    /// The deepest nesting of values: decoding takes some stack for each level.
    static let greatestDepth = 100

    /// What stands in a document's text: usually one value, several where `...` ends one, none if it is empty.
    ///
    /// The values that come before a fault are in the list, and the fault beside them.
    static func parse(_ document: DocumentText) -> (nodes: [YAMLNode], fault: YAMLFault?) {
        guard var text = String(validating: document.bytes, as: UTF8.self) else {
            return ([], YAMLFault(line: document.contentLine, message: "is not UTF-8: save the file in that encoding"))
        }
        // The parser keeps a pointer into the text, which is stable only for one that has storage of its own.
        if text.utf8.count < 64 { text += String(repeating: "\n", count: 64) }
        var nodes: [YAMLNode] = []
        do {
            // Scalars are resolved here, since the parser's resolver runs seven expressions on each.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            while let root = try parser.nextRoot() {
                var expansion = Expansion(offset: document.firstLine - 1)
                nodes.append(try expansion.expand(root, depth: 0))
            }
            return (nodes, nil)
        } catch let fault as YAMLFault {
            return (nodes, fault)
        } catch {
            return (nodes, YAMLFault(error, in: document))
        }
    }
}

/// The making of nodes out of the parser's, aliases and merges expanded, within bounds.
private struct Expansion {
    /// The number of lines of the file before the document.
    let offset: Int
    private var size = 0

    init(offset: Int) { self.offset = offset }

    mutating func expand(_ node: Node, depth: Int) throws -> YAMLNode {
        let line = line(of: node)
        size += 1
        guard size <= YAMLNode.greatestSize else {
            throw YAMLFault(
                line: line,
                message: "holds more than \(YAMLNode.greatestSize) values with its aliases expanded: use fewer aliases")
        }
        guard depth < YAMLNode.greatestDepth else {
            throw YAMLFault(line: line, message: "is nested more than \(YAMLNode.greatestDepth) levels deep")
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(value: try Self.value(of: scalar, line: line), line: line, written: scalar.string)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for item in sequence { items.append(try expand(item, depth: depth + 1)) }
            return YAMLNode(value: .list(items), line: line)
        case .mapping(let mapping):
            return YAMLNode(value: .map(try expand(mapping, depth: depth)), line: line)
        case .alias:
            // The parser resolves aliases itself.
            throw YAMLFault(line: line, message: "has an alias of nothing")
        }
    }

    private mutating func expand(_ mapping: Node.Mapping, depth: Int) throws -> [YAMLNode.Field] {
        var fields: [YAMLNode.Field] = []
        var positions: [String: Int] = [:]
        var merged: [YAMLNode.Field] = []
        for (key, value) in mapping {
            let line = line(of: key)
            guard case .scalar(let scalar) = key else {
                throw YAMLFault(line: line, message: "has a list or map for a key: write a text")
            }
            let node = try expand(value, depth: depth + 1)
            if scalar.style == .plain, scalar.string == "<<" {
                merged += try Self.merge(node, line: line)
            } else {
                guard positions.updateValue(fields.count, forKey: scalar.string) == nil else {
                    throw YAMLFault(line: line, message: "has the key `\(scalar.string)` twice: remove one of the two")
                }
                fields.append(YAMLNode.Field(key: scalar.string, line: line, value: node))
            }
        }
        for field in merged where positions.updateValue(fields.count, forKey: field.key) == nil {
            fields.append(field)
        }
        return fields
    }

    /// The fields that `<<` brings; of maps in a list the earlier count.
    private static func merge(_ node: YAMLNode, line: Int) throws -> [YAMLNode.Field] {
        switch node.value {
        case .map(let fields): return fields
        case .list(let items): return try items.flatMap { try merge($0, line: line) }
        case .null, .boolean, .integer, .number, .text:
            throw YAMLFault(line: line, message: "merges with `<<` what is no map")
        }
    }

    private static func value(of scalar: Node.Scalar, line: Int) throws -> YAMLNode.Value {
        let tag = scalar.tag.rawValue
        switch tag {
        case "" where scalar.style == .plain, "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
            "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return PlainScalar.value(of: scalar.string)
        case "", "!", "tag:yaml.org,2002:str":
            return .text(scalar.string)
        default:
            throw YAMLFault(line: line, message: "has a value with the tag `\(tag)`, which has no meaning here")
        }
    }

    private func line(of node: Node) -> Int { offset + (node.mark?.line ?? 1) }
}

extension YAMLFault {
    /// What the parser says, in terms of the file.
    fileprivate init(_ error: any Error, in document: DocumentText) {
        let offset = document.firstLine - 1
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            // An error at the end of the text is marked on the line after it.
            let lines = document.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
            let line = min(mark.line, max(1, lines))
            let cause = context.map { " (\($0.text) that begins \(Self.distance(line - $0.mark.line)))" } ?? ""
            self.init(line: offset + line, message: "is not YAML: \(problem)\(cause)")
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            let list = keys.map { "`\($0)`" }.joined(separator: ", ")
            self.init(
                line: offset + context.mark.line, message: "has the key \(list) twice: remove one of the two")
        case YamlError.reader(let problem, _, _, _):
            self.init(line: document.contentLine, message: "is not YAML: \(problem)")
        default:
            self.init(line: document.contentLine, message: "is not YAML: \(error)")
        }
    }

    /// Relative, so that a message stays the same when lines are added above.
    private static func distance(_ lines: Int) -> String {
        lines <= 0 ? "on the same line" : "\(lines) line\(lines == 1 ? "" : "s") above"
    }
}
