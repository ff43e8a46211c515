import MeshStatus

/// The status of every object as a table for people.
struct StatusTableText: CustomStringConvertible {
    private let rows: [[String]]

    /// A table of a report's objects.
    init(_ report: StatusReport) {
        let title = ["KIND", "NAMESPACE", "NAME", "ACCEPTED", "RESOLVEDREFS", "PROGRAMMED", "READY", "MESSAGE"]
        rows =
            [title]
            + report.objects.map { object in
                let kinds: [Condition.Kind] = [.accepted, .resolvedRefs, .programmed, .ready]
                return [object.kind, object.namespace, object.name] + kinds.map { object[$0]?.status.rawValue ?? "-" }
                    + [object[.ready].map { Self.oneLine($0.message) } ?? ""]
            }
    }

    /// The columns, each as wide as it must be.
    var description: String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                index == row.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count + 2)
            }
            .joined()
        }
        .joined(separator: "\n")
    }

    /// Messages hold words of users and of proxies: nothing of them moves the cursor.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
