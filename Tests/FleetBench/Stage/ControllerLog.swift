import Foundation

/// What a controller logs, line by line as it comes.
final class ControllerLog {
    let path: String
    private var offset: UInt64 = 0
    private var rest = Data()

    init(path: String) { self.path = path }

    /// A batch of changes that was published.
    struct Publication {
        /// When, by the wall clock, to the millisecond below.
        let time: Date
        /// Queries that were evaluated.
        let evaluations: Int
        /// Resources that were translated, whether they came out different or not.
        let translated: Int
        /// Resources that are new or different.
        let resources: Int
    }

    /// The lines that came since the last time, as their fields.
    func takeLines() throws -> [[String: String]] {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        try file.seek(toOffset: offset)
        let new = try file.readToEnd() ?? Data()
        offset += UInt64(new.count)
        rest += new
        var lines: [[String: String]] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[rest.startIndex..<end]
            rest = rest[rest.index(after: end)...]
            // Where the log is long, only lines of interest are worth decoding.
            guard line.range(of: Data("published".utf8)) != nil || line.range(of: Data("serving".utf8)) != nil else {
                continue
            }
            if let fields = try? JSONDecoder().decode([String: String].self, from: Data(line)) { lines.append(fields) }
        }
        rest = Data(rest)
        return lines
    }

    /// The publications that came since lines were taken the last time.
    func takePublications() throws -> [Publication] {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try takeLines().compactMap { line in
            guard line["message"] == "batch published", let text = line["time"],
                let time = try? Date(text, strategy: style)
            else { return nil }
            func number(_ key: String) -> Int { line["batch.\(key)"].flatMap { Int($0) } ?? 0 }
            return Publication(
                time: time, evaluations: number("evaluations"), translated: number("translated"),
                resources: number("resources"))
        }
    }
}
