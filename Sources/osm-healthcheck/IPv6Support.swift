import Foundation

/// Whether the kernel knows IPv6 here.
enum IPv6Support {
    static var isThere: Bool { FileManager.default.fileExists(atPath: "/proc/net/if_inet6") }
}
