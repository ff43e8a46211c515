import Foundation

/// A JSON patch, as far as the webhook's answers go: `add` and `remove` (RFC 6902).
struct ObjectPatch {
    private struct Step {
        let isAddition: Bool
        let path: [String]
        let value: Any
    }

    private let steps: [Step]

    init(_ data: Data) throws {
        let operations = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        steps = try operations.map { operation in
            guard let name = operation["op"] as? String, ["add", "remove"].contains(name),
                let path = operation["path"] as? String
            else { throw RigError(.program, "the patch has an operation of another kind: \(operation)") }
            let parts = path.split(separator: "/").map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            return Step(isAddition: name == "add", path: parts, value: operation["value"] ?? NSNull())
        }
    }

    func applied(to object: Any) throws -> Any {
        try steps.reduce(object) { try Self.apply($1, to: $0, $1.path[...]) }
    }

    private static func apply(_ step: Step, to object: Any, _ path: ArraySlice<String>) throws -> Any {
        guard let key = path.first else { return step.value }
        let rest = path.dropFirst()
        if var map = object as? [String: Any] {
            if rest.isEmpty {
                map[key] = step.isAddition ? step.value : nil
            } else if let inner = map[key] {
                map[key] = try apply(step, to: inner, rest)
            } else {
                throw RigError(.program, "the patch leads nowhere: \(step.path)")
            }
            return map
        }
        guard var list = object as? [Any] else { throw RigError(.program, "the patch leads nowhere: \(step.path)") }
        let index = key == "-" ? list.count : Int(key) ?? -1
        guard (0...list.count).contains(index) else { throw RigError(.program, "no element \(key): \(step.path)") }
        if rest.isEmpty {
            list.insert(step.value, at: index)
        } else {
            list[index] = try apply(step, to: list[index], rest)
        }
        return list
    }
}
