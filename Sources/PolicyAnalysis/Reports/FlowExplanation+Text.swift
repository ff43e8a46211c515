import MeshModel
import MeshPolicy

extension FlowExplanation {
    /// The explanation for people, in lines.
    package var lines: [String] {
        let kind = wireProtocol.map { $0 == .http ? " (HTTP)" : " (TCP)" } ?? ""
        let called = port.port == 0 ? port.service.description : port.description
        let words = request.summary.isEmpty ? "" : " \(request.summary)"
        var lines = ["\(verdict.rawValue.uppercased())  \(client) -> \(called)\(kind)\(words)", "  \(summary)"]
        func section(_ title: String, _ entries: [String]) {
            guard !entries.isEmpty else { return }
            lines += ["", "  \(title)"] + entries.map { "    \($0)" }
        }
        section(
            "How it goes",
            steps.enumerated().map { index, step in
                let objects = step.objects.map(\.description).joined(separator: ", ")
                return "\(index + 1). \(step.text)" + (objects.isEmpty ? "" : "  [\(objects)]")
            })
        section("Decided by", grounds.map(\.text))
        section("Nearest rules", nearMisses.flatMap(\.lines))
        section("Remarks", remarks)
        if let remedy {
            lines += ["", "  To allow it", "    \(remedy.advice)", ""]
            lines += remedy.commands.map { "    \($0)" }
            lines += remedy.manifest.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
                "    \($0)"
            }
        }
        return lines.map { $0.allSatisfy { $0 == " " } ? "" : $0 }
    }
}

extension FlowExplanation.Ground {
    /// The object and the place in it, in one line.
    package var text: String {
        var words = [object.description, path].filter { !$0.isEmpty }
        if let route {
            words.append("->")
            words += [route.description, matchPath, matchName.isEmpty ? "" : "`\(matchName)`"].filter { !$0.isEmpty }
        }
        let needs = conditions.isEmpty ? "" : ", if " + conditions.joined(separator: " and ")
        return words.joined(separator: " ") + needs
    }
}

extension NearMiss {
    /// The rule, and beneath it what keeps it from allowing the call.
    var lines: [String] {
        var words = [target.description, rulePath].filter { !$0.isEmpty }
        if let route, route != target { words += ["->", route.description] }
        if !match.isEmpty { words.append("`\(match)`") }
        return [words.joined(separator: " ")] + misses.map { "  \($0.path): \($0.words)" }
    }
}
