import TestInstruments
import XDSCache

/// What the control plane logs of its proxies.
extension LogRecorder {
    /// The acknowledged responses.
    func acknowledged(from start: Int = 0) -> [Line] { lines("update acknowledged", from: start) }

    /// Every refusal, of a response or of a single resource.
    func refused(from start: Int = 0) -> [Line] {
        lines("update refused", from: start) + lines("resource refused", from: start)
    }

    /// All that was said of a proxy.
    func lines(of proxy: ProxyID) -> [String] {
        lines("").filter { $0.metadata["proxy"] == proxy.description }.map { "\($0.message) \($0.metadata)" }
    }
}
