import Testing

@testable import MeshModel

@Suite("Cipher suites and curves of a MeshConfig")
struct TLSNamesTests {
    private static func config(_ suites: [String], _ curves: [String] = []) -> MeshConfig {
        var config = MeshConfig.absent
        config.sidecar.cipherSuites = suites
        config.sidecar.ecdhCurves = curves
        return config
    }

    @Test("Every name that is taken, a proxy takes")
    func known() throws {
        let envoy = try Envoy()
        let suites = MeshConfig.cipherSuites.sorted()
        let pair = "[\(suites[0])|\(suites[1])]"
        let verdict = try envoy.validate(cipherSuites: suites + [pair], curves: MeshConfig.curves.sorted())
        #expect(verdict.isGood, "\(verdict.output)")
        let problems = Self.config(suites + [pair], MeshConfig.curves.sorted()).validate()
        #expect(!problems.contains { $0.path.hasPrefix("spec.sidecar") })
    }

    @Test("A name that a proxy refuses is told, and left out; the others hold")
    func unknown() throws {
        let envoy = try Envoy()
        for suite in ["fast", "TLS_AES_128_GCM_SHA256", "!MD5", "", "[AES128-SHA|fast]", "[AES128-SHA"] {
            // An empty name is no name to a proxy, and yet a mistake.
            if !suite.isEmpty { #expect(try !envoy.validate(cipherSuites: [suite], curves: []).isGood, "\(suite)") }
            let config = Self.config(["AES128-SHA", suite])
            #expect(config.validate().map(\.path).contains("spec.sidecar.cipherSuites[1]"))
            #expect(config.inEffect.sidecar.cipherSuites == ["AES128-SHA"])
        }
        for curve in ["fast", "P-224", "P-256"] {
            #expect(try !envoy.validate(cipherSuites: [], curves: ["P-256", curve]).isGood, "\(curve)")
            let config = Self.config([], ["P-256", curve])
            #expect(config.validate().map(\.path).contains("spec.sidecar.ecdhCurves[1]"))
            #expect(config.inEffect.sidecar.ecdhCurves == ["P-256"])
        }
    }
}
