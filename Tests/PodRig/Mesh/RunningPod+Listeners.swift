import Foundation

extension RunningPod {
    /// The addresses at which its proxy has virtual listeners: sorted.
    func virtualListeners() throws -> [String] {
        try admin("/listeners").split(separator: "\n")
            .compactMap { line in
                line.hasPrefix("outbound/") ? line.dropFirst(9).components(separatedBy: "::").first : nil
            }.sorted()
    }
}
