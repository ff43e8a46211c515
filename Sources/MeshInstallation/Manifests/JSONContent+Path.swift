internal import MeshModel

extension JSONContent {
    /// The members of an object; `nil` of anything else.
    var members: [String: JSONContent]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The elements of an array; none of anything else.
    var elements: [JSONContent] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The text; `nil` of anything else.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The member of a name; `nil` where there is none.
    ///
    /// Setting makes an object of anything else.
    subscript(member name: String) -> JSONContent? {
        get { members?[name] }
        set {
            var members = members ?? [:]
            members[name] = newValue
            self = .object(members)
        }
    }

    /// The value at the end of a path of members and, where there is an array, indexes; `nil` where there is none.
    subscript(path: [String]) -> JSONContent? {
        get {
            path.reduce(Optional(self)) { value, step in
                guard case .array(let elements)? = value else { return value?[member: step] }
                return Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            }
        }
        set {
            guard let first = path.first else {
                self = newValue ?? .null
                return
            }
            let rest = Array(path.dropFirst())
            if case .array(var elements) = self, let index = Int(first), elements.indices.contains(index) {
                if rest.isEmpty, newValue == nil {
                    elements.remove(at: index)
                } else {
                    elements[index][rest] = newValue
                }
                self = .array(elements)
            } else if rest.isEmpty {
                self[member: first] = newValue
            } else {
                // What is not there has no members that could go.
                guard newValue != nil || self[member: first] != nil else { return }
                var inner = self[member: first] ?? [:]
                inner[rest] = newValue
                self[member: first] = inner
            }
        }
    }

    /// The path to some members.
    subscript(path: String...) -> JSONContent? {
        get { self[path] }
        set { self[path] = newValue }
    }

    /// This object with the members of another, whose own win; objects within both are merged likewise.
    func merging(_ other: JSONContent) -> JSONContent {
        guard case .object(let own) = self, case .object(let others) = other else { return other }
        return .object(own.merging(others) { $0.merging($1) })
    }
}
