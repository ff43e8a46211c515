import Glibc

/// How many files and sockets this process may have open.
enum OpenFiles {
    /// Raises the limit to what the system allows: many containers begin with 1,024, and each proxy needs one.
    ///
    /// Programs that are started from here would inherit it; none of them counts its files.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
