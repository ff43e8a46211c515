extension Schema {
    /// What comparing everything in this schema amounts to.
    var figure: String {
        let written = messages.values.filter { !$0.isMapEntry }
        return "\(written.count) messages, \(written.reduce(0) { $0 + $1.fields.count }) fields, "
            + "\(enumerations.count) enums"
    }

    /// Where this schema, a subset, says anything that another does not: one line each, sorted.
    func differences(from upstream: Schema) -> [String] {
        var lines: [String] = []
        func compare<Value: Equatable>(_ ours: Value, _ theirs: Value, _ property: String, of name: String) {
            if ours != theirs { lines.append("\(name): \(property) is \(ours), upstream \(theirs)") }
        }
        for (name, declaration) in files {
            if let theirs = upstream.files[name] {
                compare(declaration, theirs, "syntax and package", of: name)
            } else {
                lines.append("\(name): no such file upstream")
            }
        }
        for (name, message) in messages {
            guard let theirs = upstream.messages[name] else {
                lines.append("\(name): no such message upstream")
                continue
            }
            compare(message.file, theirs.file, "file", of: name)
            compare(message.isMapEntry, theirs.isMapEntry, "map entry", of: name)
            for (field, shape) in message.fields {
                let path = "\(name).\(field)"
                guard let theirs = theirs.fields[field] else {
                    lines.append("\(path): no such field upstream")
                    continue
                }
                compare(shape.number, theirs.number, "number", of: path)
                compare(shape.type, theirs.type, "type", of: path)
                compare(shape.typeName, theirs.typeName, "type name", of: path)
                compare(shape.label, theirs.label, "label", of: path)
                compare(shape.oneof, theirs.oneof, "oneof", of: path)
                compare(shape.isOptional, theirs.isOptional, "optional", of: path)
                compare(shape.isMap, theirs.isMap, "map", of: path)
                compare(shape.packing, theirs.packing, "packing", of: path)
            }
        }
        for (name, enumeration) in enumerations {
            guard let theirs = upstream.enumerations[name] else {
                lines.append("\(name): no such enum upstream")
                continue
            }
            compare(enumeration.file, theirs.file, "file", of: name)
            for (value, number) in enumeration.values {
                if let theirs = theirs.values[value] {
                    compare(number, theirs, "number", of: "\(name).\(value)")
                } else {
                    lines.append("\(name).\(value): no such value upstream")
                }
            }
        }
        return lines.sorted()
    }
}
