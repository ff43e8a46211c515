internal import Foundation

/// What a process takes of the machine.
public enum ProcessUsage {
    /// The memory that this process has resident, in bytes, after what is free in the heap was given back.
    public static var keptMemory: Int {
        // Not in the headers that Swift sees; without it, freed memory would count.
        typealias Trim = @convention(c) (Int) -> Int32
        if let symbol = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(symbol, to: Trim.self)(0) }
        return residentMemory(of: getpid()) ?? 0
    }

    /// The processor time that this process has used: what something costs also where others keep it waiting.
    public static var processorTime: Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return .seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    /// The memory that a process has resident, in bytes; `nil` where there is no such process.
    public static func residentMemory(of process: Int32) -> Int? {
        let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
        let fields = text?.split(separator: " ") ?? []
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// The processor time that a process has used, in seconds; `nil` where there is no such process.
    public static func processorTime(of process: Int32) -> Double? {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        // utime and stime, the 14th and 15th field of all, counted in ticks.
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
