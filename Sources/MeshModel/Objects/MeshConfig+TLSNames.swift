extension MeshConfig {
    /// The cipher suites up to TLS 1.2 that proxies know, by OpenSSL's names.
    ///
    /// Source: Envoy's documentation of `TlsParameters.cipher_suites`; a name that it does not know makes it refuse
    /// everything that has the list.
    static let cipherSuites: Set<String> = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "AES128-GCM-SHA256", "AES256-GCM-SHA384",
        "AES128-SHA", "AES256-SHA",
    ]

    /// The curves that proxies know.
    static let curves: Set<String> = ["X25519", "P-256", "P-384", "P-521", "X25519MLKEM768"]

    /// Checks the names of cipher suites and curves.
    func checkTLSNames(_ list: inout ProblemList) {
        for (index, suite) in sidecar.cipherSuites.enumerated() {
            let path = "spec.sidecar.cipherSuites[\(index)]"
            for name in Self.names(in: suite) where !Self.cipherSuites.contains(name) {
                list.add(
                    path,
                    "`\(name.prefix(60))` is no cipher suite that proxies know: write one such as "
                        + "ECDHE-ECDSA-AES128-GCM-SHA256")
            }
        }
        for (index, curve) in sidecar.ecdhCurves.enumerated() {
            let path = "spec.sidecar.ecdhCurves[\(index)]"
            if !Self.curves.contains(curve) {
                let names = Self.curves.sorted().joined(separator: ", ")
                list.add(path, "`\(curve.prefix(60))` is no curve that proxies know: write \(names)")
            } else if sidecar.ecdhCurves[..<index].contains(curve) {
                list.add(path, "`\(curve)` is there already: proxies refuse a curve that comes twice")
            }
        }
    }

    /// The suites of an entry: one, or several of equal rank as `[one|other]`.
    private static func names(in entry: String) -> [String] {
        guard entry.hasPrefix("["), entry.hasSuffix("]") else { return [entry] }
        return entry.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
}
