internal import MeshModel

extension ManifestSet {
    /// Everything that is wrong with the files, by file and line: unreadable documents, objects that are given twice
    /// and remarks; not what `validate()` says of objects.
    ///
    /// It takes no longer with more files that are well.
    public var problems: [ManifestProblem] {
        var problems: [ManifestProblem] = []
        var remarks: Set<String> = []
        for (_, own) in problemsByFile.sorted(by: { $0.key < $1.key }) {
            // A kind that the mesh does not read is worth one remark, however many objects of it there are.
            problems += own.filter { problem in
                guard !problem.isFatalForObject, case .text(let kind)? = problem.subject else { return true }
                return remarks.insert("\(kind): \(problem.message)").inserted
            }
        }
        return problems
    }

    /// What is wrong with a file, by line.
    func problems(of file: File) -> [ManifestProblem] {
        (Self.explained(file) + duplicates(in: file.reading)).sorted { $0.line < $1.line }
    }

    /// The problems of a file, the first fatal one saying what stays in effect.
    private static func explained(_ file: File) -> [ManifestProblem] {
        var problems = file.reading.problems
        guard let first = file.kept.first, let index = problems.firstIndex(where: \.isFatalForObject) else {
            return problems
        }
        let others = file.kept.count - 1
        problems[index].message +=
            "; until the file can be read, what it said before stays in effect: \(first.object.key)"
            + (others == 0 ? "" : " and \(others) other\(others == 1 ? "" : "s")")
        return problems
    }

    private func duplicates(in file: ManifestFile) -> [ManifestProblem] {
        var seen: Set<ObjectKey> = []
        return file.entries.compactMap { entry in
            let key = entry.object.key
            let isFirst = seen.insert(key).inserted
            guard let holder = effective[key], !isFirst || holder.file != file.name else { return nil }
            return ManifestProblem(
                file: file.name, line: entry.line, subject: .object(key),
                message: "is also at \(holder.file):\(holder.entry.line), which holds: remove one of the two",
                isFatalForObject: true)
        }
    }
}
