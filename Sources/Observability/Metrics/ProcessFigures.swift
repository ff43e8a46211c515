internal import FoundationEssentials
internal import Glibc

/// What the kernel says about this process, in `/proc`; what it does not say is left out.
struct ProcessFigures: Sendable {
    private static let memory = "process_resident_memory_bytes"
    private static let processorTime = "process_cpu_seconds_total"
    private static let start = "process_start_time_seconds"
    private static let openFiles = "process_open_fds"

    /// What the figures mean, in the words that are usual for them.
    static let descriptions = [
        MetricDescription(memory, .gauge, help: "Resident memory size in bytes.", recorded: "Observability, when read"),
        MetricDescription(
            processorTime, .counter, help: "Total user and system CPU time spent in seconds.",
            recorded: "Observability, when read"),
        MetricDescription(
            start, .gauge, help: "Start time of the process since unix epoch in seconds.",
            recorded: "Observability, when read"),
        MetricDescription(
            openFiles, .gauge, help: "Number of open file descriptors.", recorded: "Observability, when read"),
    ]

    private let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    private let pageSize = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
    /// When the host started, in seconds since 1970.
    private let boot: Double?

    init() {
        boot = Self.words("/proc/stat", line: "btime").dropFirst().first.flatMap { Double($0) }
    }

    /// The figures as they are now.
    func now() -> [(name: String, value: Double)] {
        var figures: [(String, Double)] = []
        if let pages = Self.words("/proc/self/statm").dropFirst().first.flatMap({ Double($0) }) {
            figures.append((Self.memory, pages * pageSize))
        }
        // The name of the program may hold anything but ends with the last parenthesis; the third field follows.
        let fields = Self.text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 19, let user = Double(fields[11]), let system = Double(fields[12]),
            let started = Double(fields[19])
        {
            figures.append((Self.processorTime, (user + system) / ticksPerSecond))
            if let boot { figures.append((Self.start, boot + started / ticksPerSecond)) }
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One of them is that of the directory, open for the reading.
            figures.append((Self.openFiles, Double(max(0, files.count - 1))))
        }
        return figures
    }

    private static func words(_ path: String, line: String = "") -> [Substring] {
        let lines = text(path)?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix(line) }?.split(separator: " ") ?? []
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
