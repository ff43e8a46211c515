internal import Foundation

/// What a process takes of the machine.
public enum ProcessUsage {
    /// The memory that this process has allocated and not freed, in bytes: what is kept, however the allocator holds it.
    ///
    /// Source: `malloc_info` of glibc, whose header Swift does not see.
    public static var keptMemory: Int {
        typealias Info = @convention(c) (Int32, UnsafeMutablePointer<FILE>?) -> Int32
        guard let symbol = dlsym(nil, "malloc_info"), let file = tmpfile() else { return 0 }
        defer { fclose(file) }
        guard unsafeBitCast(symbol, to: Info.self)(0, file) == 0 else { return 0 }
        rewind(file)
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        // The sums over all arenas come after the last of them.
        let sums = text.split(separator: "</heap>").last ?? ""
        func sum(_ element: String) -> Int {
            let line = sums.split(separator: "\n").first { $0.hasPrefix("<\(element)") }
            return line?.split(separator: "size=\"").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        }
        return sum("system type=\"current\"") + sum("total type=\"mmap\"") - sum("total type=\"fast\"")
            - sum("total type=\"rest\"")
    }

    /// The processor time that this process has used: what something costs also where others keep it waiting.
    public static var processorTime: Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return .seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    /// The memory that this process has resident, in bytes, after what is free in the heap was given back.
    public static var trimmedMemory: Int {
        typealias Trim = @convention(c) (Int) -> Int32
        if let symbol = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(symbol, to: Trim.self)(0) }
        return residentMemory(of: getpid()) ?? 0
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
